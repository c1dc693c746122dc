import { ExecResult } from "@thor/domain/exec";
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { createLimiter } from "@thor/kit/flow/limiter";
import { requestJson } from "@thor/kit/json-client";

import type { RemoteExec } from "../core/github/command.ts";

const TIMEOUT_MS = 30_000;
const MAX_AT_ONCE = 16;

/** Runs git and gh where their credentials are, a bounded number at once. */
export function createRemoteExec(options: { url: string; secret: string; timeoutMs?: number }): RemoteExec {
  const { url, secret, timeoutMs = TIMEOUT_MS } = options;
  const headers = { [INTERNAL_SECRET_HEADER]: secret };
  const limit = createLimiter(MAX_AT_ONCE);
  return (body) =>
    limit(() => requestJson({ url: `${url}/internal/exec`, headers, body, timeoutMs, schema: ExecResult }));
}
