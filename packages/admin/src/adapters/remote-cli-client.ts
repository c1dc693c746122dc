import { ApprovalSteered, type ApprovalSteering } from "@thor/domain/approval";
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";

const LIMIT_MS = 10_000;

/** Asks remote-cli, which keeps requests and their cards, to do what an operator wants done about one. */
export const createSteerApproval =
  ({ url, secret }: { url: string; secret: string }) =>
  (steering: ApprovalSteering): Promise<JsonAnswer<ApprovalSteered>> =>
    requestJson({
      url: `${url}/internal/approval`,
      headers: { [INTERNAL_SECRET_HEADER]: secret },
      body: steering,
      timeoutMs: LIMIT_MS,
      schema: ApprovalSteered,
    });
