/** What Slack sends becomes one committed fact: an event, a change to one, a stop, or the reason there is nothing. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { ChannelClass } from "../../core/access/channel-gate.ts";
import type { Delivery, Envelope } from "../../core/slack/envelope.ts";
import type { Identity } from "../../core/slack/screen.ts";
import { createStoreEvent } from "../store-event.ts";
import { createChange } from "./change.ts";
import { createHear } from "./hear.ts";
import { createIgnore } from "./ignore.ts";
import { createReact } from "./react.ts";
import type { Received } from "./received.ts";
import { createRequestStop } from "./request-stop.ts";

/** Slack gives up after 3 s and delivers again; by then the commit has landed or the copy does the work. */
const COMMIT_DEADLINE_MS = 2500;

/** Who Thor is in Slack; `wrong` are the settings that say something else than the token does. */
export type IdentityState =
  | { kind: "known"; me: Identity }
  | { kind: "learning" }
  | { kind: "refused"; wrong?: readonly string[] };

export interface ReceiveSlackDeps extends Pick<
  Ledger,
  | "admit"
  | "amendReady"
  | "cancelReady"
  | "recordIgnored"
  | "engagement"
  | "enqueueOutbox"
  | "appendAudit"
  | "locateMessage"
  | "liveWork"
> {
  log: Log;
  clock: Pick<Clock, "now">;
  identity: () => IdentityState;
  /** What is known of a channel right now; starts a look-up in the background when nothing is. */
  channelClass: (channel: string) => ChannelClass | undefined;
  /** Forgets what is known of a channel. */
  forgetChannel: (channel: string) => void;
  isListed: (channel: string) => boolean;
}

export function createReceiveSlack(deps: ReceiveSlackDeps) {
  const ignore = createIgnore(deps);
  const store = createStoreEvent({
    ...deps,
    deadlineMs: COMMIT_DEADLINE_MS,
    repeatReason: ({ event }) => (event.kind === "slack.mention" ? "mention_duplicate" : "duplicate_message"),
  });
  const requestStop = createRequestStop(deps);
  const hear = createHear({ ...deps, ignore, store, requestStop });
  const change = createChange({ ...deps, ignore, hear });
  const react = createReact({ ...deps, ignore, requestStop });

  const handle = async (envelope: Extract<Envelope, { delivery: Delivery }>, me: Identity): Promise<Received> => {
    switch (envelope.kind) {
      case "other":
        return ignore(envelope.delivery, "event_unsupported");
      case "channel_changed":
        deps.forgetChannel(envelope.channel);
        return ignore(envelope.delivery, "gate_invalidated", { channel: envelope.channel });
      case "message":
        return hear({ ...envelope, me });
      case "edit":
        return change.edit({ ...envelope, me });
      case "deletion":
        return change.remove({ ...envelope, me });
      case "reaction":
        return react({ ...envelope, me });
    }
  };

  /** Handles one delivery whose sender is proven; every return is final for the sender. */
  return async (envelope: Envelope): Promise<Received> => {
    if (envelope.kind === "challenge") return { kind: "challenge", challenge: envelope.challenge };
    if (envelope.kind === "unreadable") return { kind: "ignored", reason: envelope.reason };
    const identity = deps.identity();
    if (identity.kind === "learning") return { kind: "not_ready", error: "slack_not_ready" };
    if (identity.kind === "refused") return ignore(envelope.delivery, "no_bot_user_id");
    return handle(envelope, identity.me);
  };
}
export type ReceiveSlack = ReturnType<typeof createReceiveSlack>;
