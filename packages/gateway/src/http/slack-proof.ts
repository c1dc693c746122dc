/** The proof that a request comes from Slack, for the routes that Slack calls. */
import type { FastifyRequest } from "fastify";

export interface SlackProofDeps {
  /** Whether these bytes were signed by Slack within the tolerated time. */
  isSigned: (request: { body: string; timestamp: unknown; signature: unknown }) => boolean;
  /** Counts and logs a refusal, at most once a second. */
  noteRefusal: (reason: string) => void;
}

/** Answers the body of a proven request; undefined for anybody else. */
export const slackProof =
  ({ isSigned, noteRefusal }: SlackProofDeps) =>
  ({ body: raw, headers }: FastifyRequest): string | undefined => {
    const body = Buffer.isBuffer(raw) ? raw.toString("utf8") : "";
    const { "x-slack-request-timestamp": timestamp, "x-slack-signature": signature } = headers;
    if (isSigned({ body, timestamp, signature })) return body;
    noteRefusal("signature_invalid");
    return undefined;
  };
