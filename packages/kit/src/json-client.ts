/** One JSON request to a neighbour, with a deadline and a parsed answer. */
import type { z } from "zod";

import type { JsonAnswer } from "./pure/json-answer.ts";

export interface JsonRequest<Schema extends z.ZodType> {
  url: string;
  method?: "GET" | "POST";
  headers?: Record<string, string>;
  body?: unknown;
  timeoutMs: number;
  schema: Schema;
}

const NEVER_CONNECTED = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The system's code of a failed request, wherever in the chain of causes it stands. */
export function networkCode(err: unknown): string {
  for (let at: unknown = err; at instanceof Error; at = at.cause) {
    if ("code" in at && typeof at.code === "string") return at.code;
  }
  return err instanceof Error ? err.name : String(err);
}

/** Whether a failed request certainly never reached the other side. */
export const neverConnected = (code: string) => NEVER_CONNECTED.has(code);

function retryAfterOf(response: Response): { retryAfterMs?: number } {
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return Number.isFinite(seconds) ? { retryAfterMs: Math.max(0, seconds * 1000) } : {};
}

/** Sends one request and never throws: every way it can end is a kind. */
export async function requestJson<Schema extends z.ZodType>(
  request: JsonRequest<Schema>,
): Promise<JsonAnswer<z.output<Schema>>> {
  const { url, method = "POST", headers = {}, body, timeoutMs, schema } = request;
  try {
    const response = await fetch(url, {
      method,
      redirect: "error",
      headers: { ...(body === undefined ? {} : { "content-type": "application/json" }), ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(timeoutMs),
    });
    const text = await response.text();
    if (!response.ok)
      return { kind: "refused", status: response.status, text: text.slice(0, 300), ...retryAfterOf(response) };
    const parsed = schema.safeParse(JSON.parse(text));
    if (!parsed.success) return { kind: "unknown", error: `unreadable answer from ${new URL(url).pathname}` };
    return { kind: "ok", status: response.status, body: parsed.data };
  } catch (err) {
    const code = networkCode(err);
    return neverConnected(code) ? { kind: "unreachable", error: code } : { kind: "unknown", error: code };
  }
}
