/** A reaction is heard only as a stop: the sign of a person on a message that belongs to a conversation. */
import type { Ledger } from "@thor/ledger/port";

import type { Envelope } from "../../core/slack/envelope.ts";
import { isOurTeam, type Identity } from "../../core/slack/screen.ts";
import type { Received } from "../store-event.ts";
import type { Ignore } from "./ignore.ts";
import type { RequestStop } from "./request-stop.ts";

const STOP_SIGNS = new Set(["x", "octagonal_sign"]);

export interface ReactDeps extends Pick<Ledger, "locateMessage"> {
  ignore: Ignore;
  requestStop: RequestStop;
}

type Reaction = Extract<Envelope, { kind: "reaction" }> & { me: Identity };

export const createReact =
  ({ locateMessage, ignore, requestStop }: ReactDeps) =>
  async ({ delivery, user, name, at, me }: Reaction): Promise<Received> => {
    if (!isOurTeam(delivery, me)) return ignore(delivery, "team_mismatch");
    if (user === me.botUserId) return ignore(delivery, "self");
    if (at === undefined || !STOP_SIGNS.has(name)) return ignore(delivery, "reaction_unmapped");
    const located = await locateMessage(at);
    if (located.kind !== "known" || located.anchorId === undefined) return ignore(delivery, "reaction_unmapped");
    const { anchorId } = located;
    const by = { kind: "slack" as const, id: user };
    const place = { channel: at.channel, messageTs: at.ts };
    const requested = await requestStop({ anchorId, by, via: "reaction", clickId: delivery.id, ...place });
    return ignore(delivery, requested.kind === "requested" ? "stop_requested" : "reaction_unmapped", at);
  };
