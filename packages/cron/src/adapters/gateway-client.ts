import { CronAnswer, type CronRequest } from "@thor/domain/cron-event";
import { requestJson } from "@thor/kit/json-client";

import type { Posted } from "../core/answer.ts";

/** The gateway commits within 8 s or says that it cannot. */
const TIMEOUT_MS = 10_000;

/** The gateway as the scheduler sees it: a repeat under the same key is the same event. */
export function createGatewayClient({ url, secret }: { url: string; secret: string }) {
  return (body: CronRequest, idempotencyKey: string): Promise<Posted> =>
    requestJson({
      url: `${url}/cron`,
      headers: { authorization: `Bearer ${secret}`, "idempotency-key": idempotencyKey },
      body,
      timeoutMs: TIMEOUT_MS,
      schema: CronAnswer,
    });
}
