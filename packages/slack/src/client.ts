/** Slack's Web API as calls that never throw and never wait: retries belong to the outbox and the dispatcher. */
import {
  LogLevel,
  WebAPIHTTPError,
  WebAPIPlatformError,
  WebAPIRateLimitedError,
  WebAPIRequestError,
  WebClient,
} from "@slack/web-api";
import { networkCode, neverConnected } from "@thor/kit/json-client";
import type { z } from "zod";

import type { Answer } from "./pure/answer.ts";

const CALL_TIMEOUT_MS = 10_000;

export interface SlackApi {
  call: <Schema extends z.ZodType>(
    method: string,
    args: Record<string, unknown>,
    schema: Schema,
  ) => Promise<Answer<z.output<Schema>>>;
}

function answerOf(err: unknown): Exclude<Answer<never>, { kind: "ok" }> {
  if (err instanceof WebAPIPlatformError) return { kind: "refused", code: err.data.error };
  if (err instanceof WebAPIRateLimitedError) return { kind: "limited", retryAfterMs: err.retryAfter * 1000 };
  if (err instanceof WebAPIHTTPError) return { kind: "unknown", error: `HTTP ${err.statusCode}` };
  const code = networkCode(err instanceof WebAPIRequestError ? err.original : err);
  return neverConnected(code) ? { kind: "unreachable", error: code } : { kind: "unknown", error: code };
}

/** For Slack's own clients, whose logs repeat bodies and tokens; ours name the method only. */
export const silentSlackLogger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

/** Connects to one workspace; `baseUrl` is Slack's own or an enterprise's, ending before the method name. */
export function createSlackApi({ token, baseUrl }: { token: string; baseUrl: string }): SlackApi {
  const client = new WebClient(token, {
    slackApiUrl: `${baseUrl}/`,
    allowAbsoluteUrls: false,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: CALL_TIMEOUT_MS,
    logger: silentSlackLogger,
  });
  return {
    call: async (method, args, schema) => {
      try {
        const parsed = schema.safeParse(await client.apiCall(method, args));
        return parsed.success
          ? { kind: "ok", body: parsed.data }
          : { kind: "unknown", error: `unreadable answer of ${method}` };
      } catch (err) {
        return answerOf(err);
      }
    },
  };
}
