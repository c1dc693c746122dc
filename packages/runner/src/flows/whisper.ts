/** Tells one person something that nobody else in the thread sees, once for each press. */
import { slackStream, type ControlRequest, type OutboxPayload } from "@thor/domain/outbox";
import type { Ledger, SendResult } from "@thor/ledger/port";

import type { WishEnd } from "../core/wish-end.ts";

export const createWhisper =
  ({ enqueueOutbox }: Pick<Ledger, "enqueueOutbox">) =>
  async ({ by, channel, threadTs, clickId }: ControlRequest, text: string, result: WishEnd): Promise<SendResult> => {
    if (by.kind === "slack" && channel !== undefined && threadTs !== undefined) {
      const payload: OutboxPayload = { kind: "slack.ephemeral", channel, threadTs, user: by.id, text };
      const stream = slackStream(channel, threadTs);
      await enqueueOutbox({ kind: payload.kind, stream, dedupeKey: `told:${clickId}`, payload });
    }
    return { kind: "sent", result };
  };
