/** POST /github/webhook: bytes and proof in, committed outcome out. */
import { keepRawBody } from "@thor/kit/server";
import type { FastifyInstance, FastifyReply } from "fastify";

import type { ReceiveGithub } from "../flows/github/receive.ts";
import type { GithubReceived } from "../flows/github/received.ts";

const BODY_LIMIT = 25 * 1024 * 1024;

function send(reply: FastifyReply, outcome: GithubReceived) {
  switch (outcome.kind) {
    case "accepted":
      return reply.send({ ok: true, eventId: outcome.eventId });
    case "duplicate":
      return reply.send({ ok: true, duplicate: true, reason: outcome.reason });
    case "ignored":
      return reply.send({ ok: true, ignored: true, reason: outcome.reason });
    case "push":
      return reply.send({ ok: true, status: outcome.status, ...(outcome.isIgnored ? { ignored: true } : {}) });
    case "overloaded":
      return reply.code(503).header("retry-after", "1").send({ error: outcome.kind });
    case "not_stored":
      return reply.code(500).send({ error: "enqueue_failed" });
  }
}

export interface GithubRouteDeps {
  /** Whether these bytes were signed by GitHub. */
  isSigned: (body: Buffer, signature: unknown) => boolean;
  /** Counts and logs a refusal, at most once a second. */
  noteRefusal: (reason: string) => void;
  receive: ReceiveGithub;
}

/** Adds the route to a scope of its own, whose bodies stay as they were signed. */
export function addGithub(server: FastifyInstance, { isSigned, noteRefusal, receive }: GithubRouteDeps): void {
  void server.register((scope, _options, done) => {
    keepRawBody(scope);
    scope.post("/github/webhook", { bodyLimit: BODY_LIMIT }, async ({ body: raw, headers }, reply) => {
      const body = Buffer.isBuffer(raw) ? raw : Buffer.alloc(0);
      if (!isSigned(body, headers["x-hub-signature-256"])) {
        noteRefusal("signature_invalid");
        return reply.code(401).send({ error: "Invalid GitHub signature" });
      }
      const { "x-github-event": eventName, "x-github-delivery": deliveryId } = headers;
      return send(reply, await receive({ body, eventName, deliveryId }));
    });
    done();
  });
}
