/** POST /slack/events: bytes and proof in, committed outcome out. */
import { keepRawBody } from "@thor/kit/server";
import type { FastifyInstance, FastifyReply } from "fastify";

import { parseEnvelope } from "../core/slack/envelope.ts";
import type { ReceiveSlack } from "../flows/slack/receive.ts";
import type { Received } from "../flows/store-event.ts";
import { slackProof, type SlackProofDeps } from "./slack-proof.ts";

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

/** Adds the route to a scope of its own, whose bodies stay as they were signed. */
export function addSlackEvents(
  server: FastifyInstance,
  { receive, ...proof }: SlackProofDeps & { receive: ReceiveSlack },
): void {
  void server.register((scope, _options, done) => {
    keepRawBody(scope);
    const prove = slackProof(proof);
    scope.post("/slack/events", async (request, reply) => {
      const body = prove(request);
      if (body === undefined) return reply.code(401).send({ error: "Invalid Slack signature" });
      return send(reply, await receive(parseEnvelope(body)));
    });
    done();
  });
}
