import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import type { RunnerIdle } from "@thor/domain/trigger";
import { requestJson } from "@thor/kit/json-client";
import { z } from "zod";

const TIMEOUT_MS = 2000;

/** Tells the gateway that a conversation is idle; a lost hint costs a moment, the ledger already knows. */
export function createIdleNotice({ url, secret }: { url: string; secret: string }) {
  return async (notice: RunnerIdle): Promise<void> => {
    const headers = { [INTERNAL_SECRET_HEADER]: secret };
    await requestJson({
      url: `${url}/internal/runner/idle`,
      headers,
      body: notice,
      timeoutMs: TIMEOUT_MS,
      schema: z.unknown(),
    });
  };
}
