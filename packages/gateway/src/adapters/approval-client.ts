import { ApprovalAnswer, type ApprovalDecision } from "@thor/domain/approval";
import { ExecResult } from "@thor/domain/exec";
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";

/** An approval may run a whole command before it answers. */
export const DECISION_TIMEOUT_MS = 120_000;

function answerIn(stdout: string): ApprovalAnswer | undefined {
  try {
    return ApprovalAnswer.safeParse(JSON.parse(stdout)).data;
  } catch {
    return undefined;
  }
}

/** Carries a person's decision to where approvals are kept. */
export function createApprovalClient({ url, secret }: { url: string; secret: string }) {
  const headers = { [INTERNAL_SECRET_HEADER]: secret };
  return async (decision: ApprovalDecision): Promise<JsonAnswer<ApprovalAnswer>> => {
    const request = { url: `${url}/exec/approval`, headers, body: decision, timeoutMs: DECISION_TIMEOUT_MS };
    const answer = await requestJson({ ...request, schema: ExecResult });
    if (answer.kind !== "ok") return answer;
    const body = answerIn(answer.body.stdout);
    return body === undefined ? { kind: "unknown", error: "unreadable answer to a decision" } : { ...answer, body };
  };
}
