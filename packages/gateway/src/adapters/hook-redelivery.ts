import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { requestJson } from "@thor/kit/json-client";
import { z } from "zod";

const TIMEOUT_MS = 60_000;
const Redelivered = z.object({ redelivered: z.number() });

/** Has GitHub deliver again, through the App's own key, what nobody took since a time (ms). */
export function createHookRedelivery({ url, secret }: { url: string; secret: string }) {
  const headers = { [INTERNAL_SECRET_HEADER]: secret };
  return (since: number) => {
    const request = { url: `${url}/internal/github/redeliver`, headers, body: { since }, timeoutMs: TIMEOUT_MS };
    return requestJson({ ...request, schema: Redelivered });
  };
}
