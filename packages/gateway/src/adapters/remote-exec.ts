import { ExecResult } from "@thor/domain/exec";
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { createLimiter } from "@thor/kit/flow/limiter";
import { requestJson } from "@thor/kit/json-client";

import type { RemoteExec } from "../core/github/command.ts";

const TIMEOUT_MS = 30_000;
const MAX_AT_ONCE = 16;

/** Runs git and gh where their credentials are, a bounded number at once. */
export function createRemoteExec({ url, secret }: { url: string; secret: string }): RemoteExec {
  const headers = { [INTERNAL_SECRET_HEADER]: secret };
  const limit = createLimiter(MAX_AT_ONCE);
  return (body) =>
    limit(() => requestJson({ url: `${url}/internal/exec`, headers, body, timeoutMs: TIMEOUT_MS, schema: ExecResult }));
}
