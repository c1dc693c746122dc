/** One HTTP request to the app as Slack sends it: signed over time and bytes, answered within 3 s. */
import { createHmac } from "node:crypto";

export const ANSWER_WITHIN_MS = 3000;
const STALE_BY_S = 600;

/** How one attempt to tell the app something ended. */
export interface Sent {
  status?: number;
  answer?: string;
  failure?: "http_timeout" | "timeout" | "connection_failed" | "lost by plan";
  isFinal: boolean;
}

export interface SignedRequest {
  url: string;
  body: string;
  contentType: string;
  secret: string;
  now: number;
  isForged?: boolean;
  isStale?: boolean;
  headers?: Readonly<Record<string, string>>;
}

/** Slack's v0 HMAC. */
function signature(secret: string, timestamp: string, body: string): string {
  return `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`;
}

/** Sends it; every way in which it can end is told, none is thrown. */
export async function postSigned(request: SignedRequest): Promise<Sent> {
  const { url, body, contentType, secret, now, isForged = false, isStale = false, headers = {} } = request;
  const timestamp = String(Math.floor(now / 1000) - (isStale ? STALE_BY_S : 0));
  const all = {
    "content-type": contentType,
    "user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)",
    "x-slack-request-timestamp": timestamp,
    "x-slack-signature": signature(isForged ? `${secret}-wrong` : secret, timestamp, body),
    ...headers,
  };
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await fetch(url, { method: "POST", body, headers: all, redirect: "manual", signal });
    const answer = (await response.text()).slice(0, 64_000);
    return { status: response.status, answer, isFinal: response.headers.get("x-slack-no-retry") === "1" };
  } catch (err) {
    const isTimeout = err instanceof Error && err.name === "TimeoutError";
    return { failure: isTimeout ? "http_timeout" : "connection_failed", isFinal: false };
  }
}
