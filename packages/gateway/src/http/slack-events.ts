/** POST /slack/events: bytes and proof in, committed outcome out. */
import { keepRawBody } from "@thor/kit/server";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import type { Receive, Received } from "../flows/receive.ts";

export interface SlackEventsDeps {
  receive: Receive;
  /** Whether these bytes were signed by Slack within the tolerated time. */
  isSigned: (request: { body: string; timestamp: unknown; signature: unknown }) => boolean;
  /** Counts and logs a refusal, at most once a second. */
  noteRefusal: (reason: string) => void;
}

function send(reply: FastifyReply, outcome: Received) {
  switch (outcome.kind) {
    case "challenge":
      return reply.send({ challenge: outcome.challenge });
    case "accepted":
      return reply.send({ ok: true, eventId: outcome.eventId });
    case "duplicate":
      return reply.send({ ok: true, duplicate: true, reason: outcome.reason });
    case "ignored":
      return reply.send({ ok: true, ignored: true, reason: outcome.reason, eventType: outcome.eventType });
    case "not_ready":
      return reply.code(503).header("retry-after", "1").send({ error: outcome.error });
    case "not_stored":
      return reply.code(500).send({ error: "enqueue_failed" });
  }
}

const bodyOf = ({ body }: FastifyRequest) => (Buffer.isBuffer(body) ? body.toString("utf8") : "");

/** Adds the route to a scope of its own, whose bodies stay as they were signed. */
export function addSlackEvents(server: FastifyInstance, { receive, isSigned, noteRefusal }: SlackEventsDeps): void {
  void server.register((scope, _options, done) => {
    keepRawBody(scope);
    scope.post("/slack/events", async (request, reply) => {
      const body = bodyOf(request);
      const { "x-slack-request-timestamp": timestamp, "x-slack-signature": signature } = request.headers;
      if (!isSigned({ body, timestamp, signature })) {
        noteRefusal("signature_invalid");
        return reply.code(401).send({ error: "Invalid Slack signature" });
      }
      return send(reply, await receive(body));
    });
    done();
  });
}
