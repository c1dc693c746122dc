/** Carries a person's decision on an approval to remote-cli, again and again until there is a definite answer. */
import type { ApprovalAnswer, ApprovalDecision } from "@thor/domain/approval";
import { ApprovalClick } from "@thor/domain/outbox";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { backoffMs } from "@thor/kit/pure/backoff";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";
import type { Ledger, PromiseItem, SendResult } from "@thor/ledger/port";

import { lostDecision } from "../core/notice/words.ts";

const GIVE_UP_MS = 15 * 60_000;
const LIMITS = { baseMs: 200, capMs: 60_000 };
/** Refusals that say "later", not "no". */
const LATER = new Set([408, 425, 429]);

export interface SendDecisionDeps extends Pick<Ledger, "enqueueOutbox"> {
  log: Log;
  clock: Clock;
  resolve: (decision: ApprovalDecision) => Promise<JsonAnswer<ApprovalAnswer>>;
}

export function createSendDecision({ log, clock, resolve, enqueueOutbox }: SendDecisionDeps) {
  /** Tries once; the same click id makes repeating it harmless. */
  return async (item: PromiseItem): Promise<SendResult> => {
    const parsed = ApprovalClick.safeParse(item.payload);
    if (!parsed.success) return { kind: "failed", error: `unreadable ${item.kind}` };
    const answer = await resolve(parsed.data.decision);
    const facts = { promiseId: item.id, verb: parsed.data.decision.args[0], attempts: item.attempts };
    if (answer.kind === "ok") {
      log.info({ event: "approval_action", ...facts, result: answer.body.kind }, "a decision has arrived");
      return { kind: "sent", result: answer.body };
    }
    const error = answer.kind === "refused" ? `HTTP ${answer.status} ${answer.text}` : answer.error;
    const isFinal = answer.kind === "refused" && answer.status < 500 && !LATER.has(answer.status);
    if (isFinal || clock.now() - item.createdAt > GIVE_UP_MS) {
      log.error({ event: "approval_resolve_failed", ...facts, error }, "a decision could not be carried out");
      for (const promise of lostDecision(parsed.data, item.id, error)) await enqueueOutbox(promise);
      return { kind: "failed", error };
    }
    log.warn({ event: "approval_resolve_error", ...facts, error }, "a decision is tried again");
    return { kind: "retry", notBefore: clock.now() + backoffMs(item.attempts + 1, clock.chance(), LIMITS), error };
  };
}
