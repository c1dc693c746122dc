import { ApprovalOutcome } from "@thor/domain/approval";
import type { QueuedEvent } from "@thor/domain/queue";
import type { ReplyTarget } from "@thor/domain/reply-target";

/** The thread of the card that was decided; undefined for other events, and for a card that stands by itself. */
export function approvalPlaceOf({ source, payload }: Pick<QueuedEvent, "source" | "payload">): ReplyTarget | undefined {
  const outcome = source === "approval" ? ApprovalOutcome.safeParse(payload).data : undefined;
  if (outcome === undefined || !/^\d/.test(outcome.threadTs)) return undefined;
  const { channel, threadTs } = outcome;
  return { kind: "slack", channel, threadTs, ts: threadTs };
}
