import { isValidSlackRequest } from "@slack/bolt/dist/receivers/verify-request.js";

const TIMESTAMP = /^\d{1,12}$/;
const SIGNATURE = /^v0=[0-9a-f]{64}$/;

export interface SignedRequest {
  body: string;
  timestamp: unknown;
  signature: unknown;
}

/** Checks Slack's v0 signature; a header that is missing, doubled, malformed or out of time is no signature. */
export function createSlackSignature(options: {
  /** Absent when Slack comes by socket only: then no request is Slack's. */
  signingSecret: string | undefined;
  toleranceSeconds: number;
  now: () => number;
}) {
  const { signingSecret, toleranceSeconds, now } = options;
  return ({ body, timestamp, signature }: SignedRequest): boolean => {
    if (signingSecret === undefined) return false;
    if (typeof timestamp !== "string" || !TIMESTAMP.test(timestamp)) return false;
    if (typeof signature !== "string" || !SIGNATURE.test(signature)) return false;
    const sentAt = Number(timestamp);
    if (Math.abs(now() / 1000 - sentAt) > toleranceSeconds) return false;
    return isValidSlackRequest({
      signingSecret,
      body,
      headers: { "x-slack-signature": signature, "x-slack-request-timestamp": sentAt },
      nowMilliseconds: sentAt * 1000,
    });
  };
}
