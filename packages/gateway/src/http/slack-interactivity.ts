/** POST /slack/interactivity: a signed press in, a committed row out. */
import { keepRawBody } from "@thor/kit/server";
import type { FastifyInstance, FastifyReply } from "fastify";

import { parseInteraction } from "../core/slack/click/payload.ts";
import type { Clicked } from "../flows/slack/click-ends.ts";
import type { Click } from "../flows/slack/click.ts";
import { slackProof, type SlackProofDeps } from "./slack-proof.ts";

function send(reply: FastifyReply, outcome: Clicked) {
  switch (outcome.kind) {
    case "recorded":
      return reply.send({ ok: true });
    case "submitted":
      return reply.send();
    case "ignored":
      return reply.send({ ok: true, ignored: true, interactionType: outcome.interactionType, reason: outcome.reason });
    case "unreadable":
      return reply.code(400).send({ error: "Invalid Slack interactivity payload" });
    case "not_ready":
      return reply.code(503).header("retry-after", "1").send({ error: outcome.error });
    case "not_stored":
      return reply.code(500).send({ error: "enqueue_failed" });
  }
}

/** The one `payload` of a body; undefined when it is missing or given twice. */
function payloadOf(body: string, isJson: boolean): string | undefined {
  if (!isJson) {
    const [payload, ...more] = new URLSearchParams(body).getAll("payload");
    return more.length === 0 ? payload : undefined;
  }
  try {
    const parsed: unknown = JSON.parse(body);
    const payload = typeof parsed === "object" && parsed !== null && "payload" in parsed ? parsed.payload : undefined;
    return typeof payload === "string" ? payload : undefined;
  } catch {
    return undefined;
  }
}

/** Adds the route to a scope of its own, whose bodies stay as they were signed. */
export function addSlackInteractivity(server: FastifyInstance, { click, ...proof }: SlackProofDeps & { click: Click }) {
  void server.register((scope, _options, done) => {
    keepRawBody(scope);
    const prove = slackProof(proof);
    scope.post("/slack/interactivity", async (request, reply) => {
      const body = prove(request);
      if (body === undefined) return reply.code(401).send({ error: "Invalid Slack signature" });
      const isJson = request.headers["content-type"]?.startsWith("application/json") === true;
      const payload = payloadOf(body, isJson);
      return send(reply, payload === undefined ? { kind: "unreadable" } : await click(parseInteraction(payload)));
    });
    done();
  });
}
