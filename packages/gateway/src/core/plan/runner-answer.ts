/** What the runner's answer means for a claim. Table of gateway §11.6. */
import type { ClaimResult } from "@thor/domain/queue";
import type { TriggerAnswer } from "@thor/domain/trigger";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";

export type Reading =
  | { kind: "settle"; result: ClaimResult; logAs?: "runner_auth_failed" }
  /** Another holder has the claim: nothing to settle. */
  | { kind: "given_up" };

const TRANSIENT = new Set([401, 403, 408, 425, 429]);

export function readRunnerAnswer(
  answer: JsonAnswer<TriggerAnswer>,
  facts: { now: number; busyPollMs: number },
): Reading {
  switch (answer.kind) {
    case "ok": {
      if ("busy" in answer.body)
        return { kind: "settle", result: { kind: "busy", pollAt: facts.now + facts.busyPollMs } };
      return { kind: "settle", result: { kind: "accepted", triggerId: answer.body.triggerId } };
    }
    case "unreachable":
      return {
        kind: "settle",
        result: { kind: "failed", error: `Runner cannot be reached: ${answer.error}`, permanent: false },
      };
    case "unknown":
      return { kind: "settle", result: { kind: "unknown", error: `Runner gave no readable answer: ${answer.error}` } };
    case "refused":
      return readRefusal(answer);
  }
}

function readRefusal({ status, text, retryAfterMs }: Extract<JsonAnswer<never>, { kind: "refused" }>): Reading {
  if (status === 409 && text.includes("stale_fence")) return { kind: "given_up" };
  const isTransient = status >= 500 || TRANSIENT.has(status);
  const result = {
    kind: "failed" as const,
    error: `Runner returned ${status}: ${text}`,
    permanent: !isTransient,
    retryAfterMs,
  };
  const isAuth = status === 401 || status === 403;
  return { kind: "settle", result, ...(isAuth ? { logAs: "runner_auth_failed" as const } : {}) };
}
