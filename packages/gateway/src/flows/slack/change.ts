/** Words that changed after they were said: while they wait they are replaced or taken back; later they are history. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { changeFacts } from "../../core/log-events.ts";
import { messageKeyOf, slackEventOf } from "../../core/slack/admit.ts";
import { readEdit } from "../../core/slack/edit.ts";
import type { Envelope } from "../../core/slack/envelope.ts";
import { isOurTeam, screen, type Identity } from "../../core/slack/screen.ts";
import type { Hear } from "./hear.ts";
import type { Ignore } from "./ignore.ts";
import type { Received } from "./received.ts";

export interface ChangeDeps extends Pick<Ledger, "amendReady" | "cancelReady"> {
  log: Log;
  ignore: Ignore;
  hear: Hear;
}

type Edited = Extract<Envelope, { kind: "edit" }> & { me: Identity };
type Removed = Extract<Envelope, { kind: "deletion" }> & { me: Identity };

export function createChange({ amendReady, cancelReady, log, ignore, hear }: ChangeDeps) {
  const edit = async (edited: Edited): Promise<Received> => {
    const { delivery, message, before, me } = edited;
    const refusal = screen(delivery, message, me);
    if (refusal !== undefined) return ignore(delivery, refusal);
    const { isChanged, addsMention, mentions } = readEdit(message, before, me.botUserId);
    if (!isChanged) return ignore(delivery, "edit_no_change");
    const amended = await amendReady({
      provider: "slack",
      messageKey: messageKeyOf(me.teamId, message),
      payload: slackEventOf({ ...message, edited: message.edited ?? { ts: message.ts } }, me),
      ...(mentions ? { addFlags: ["urgent" as const, "interrupt" as const] } : {}),
    });
    switch (amended.kind) {
      case "amended": {
        const { eventId } = amended;
        log.info(changeFacts("amended", { provider: "slack", deliveryId: delivery.id, eventId }), "event amended");
        return { kind: "accepted", eventId };
      }
      case "not_ready":
        return addsMention ? hear(edited) : ignore(delivery, "edit_after_dispatch");
      case "unknown":
        // Without an earlier text only Slack's word tells that this message calls Thor: a first contact all the same.
        return mentions ? hear(edited) : ignore(delivery, "not_engaged");
      case "overloaded":
        return { kind: "not_ready", error: "overloaded" };
      case "unavailable":
        return { kind: "not_stored" };
    }
  };

  const remove = async ({ delivery, channel, ts, me }: Removed): Promise<Received> => {
    if (!isOurTeam(delivery, me)) return ignore(delivery, "team_mismatch");
    const messageKey = messageKeyOf(me.teamId, { channel, ts });
    const reason = "message_deleted";
    const cancelled = await cancelReady({ provider: "slack", messageKey, reason, by: "author" });
    switch (cancelled.kind) {
      case "cancelled": {
        const ids = { provider: "slack" as const, deliveryId: delivery.id, eventId: cancelled.eventId };
        log.info(changeFacts("cancelled", ids), "event cancelled");
        return ignore(delivery, reason, { channel, ts });
      }
      case "not_ready":
        return ignore(delivery, "delete_after_dispatch", { channel, ts });
      case "unknown":
        return ignore(delivery, "not_engaged", { channel, ts });
      case "overloaded":
        return { kind: "not_ready", error: "overloaded" };
      case "unavailable":
        return { kind: "not_stored" };
    }
  };

  return { edit, remove };
}
