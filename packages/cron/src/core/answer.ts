/** What the gateway's answer means for a firing. */
import type { CronAnswer } from "@thor/domain/cron-event";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";
import type { z } from "zod";

export type Posted = JsonAnswer<z.infer<typeof CronAnswer>>;
export type Reading =
  | { kind: "fired"; correlationKey: string; eventId: string | undefined }
  | { kind: "retry"; error: string; retryAfterMs: number | undefined }
  | { kind: "refused"; reason: string };

const isPassing = (status: number) => status === 429 || status >= 500;

/** Only a refusal of what we said ends a firing; everything else may be better in a moment. */
export function readAnswer(answer: Posted): Reading {
  switch (answer.kind) {
    case "ok":
      return { kind: "fired", correlationKey: answer.body.correlationKey, eventId: answer.body.eventId };
    case "unreachable":
    case "unknown":
      return { kind: "retry", error: `the gateway did not answer: ${answer.error}`, retryAfterMs: undefined };
    case "refused": {
      const { status, text, retryAfterMs } = answer;
      if (isPassing(status)) return { kind: "retry", error: `the gateway answered ${status}`, retryAfterMs };
      if (status === 401)
        return { kind: "refused", reason: "the gateway refused CRON_SECRET: both must have the same" };
      return { kind: "refused", reason: `the gateway answered ${status}: ${text}` };
    }
  }
}
