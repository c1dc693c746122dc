/** POST /cron: a bearer secret and a prompt in, committed outcome out. */
import { isSameSecret } from "@thor/kit/derived-key";
import type { FastifyInstance, FastifyReply } from "fastify";

import type { CronReceived, ReceiveCron } from "../flows/receive-cron.ts";

export interface CronRouteDeps {
  /** Undefined: nobody may schedule anything. */
  secret: string | undefined;
  receive: ReceiveCron;
  /** Counts and logs a refusal, at most once a second. */
  noteRefusal: (reason: string) => void;
}

function send(reply: FastifyReply, outcome: CronReceived) {
  switch (outcome.kind) {
    case "accepted": {
      const { correlationKey, eventId, duplicate } = outcome;
      return reply.send({ ok: true, correlationKey, eventId, ...(duplicate ? { duplicate } : {}) });
    }
    case "invalid":
      return reply.code(400).send({ error: "Invalid request", details: outcome.details });
    case "not_ready":
      return reply.code(503).header("retry-after", "1").send({ error: "overloaded" });
    case "not_stored":
      return reply.code(500).send({ error: "enqueue_failed" });
  }
}

/** Adds the route to a scope of its own: without the secret no body is read. */
export function addCron(server: FastifyInstance, { secret, receive, noteRefusal }: CronRouteDeps): void {
  void server.register((scope, _options, done) => {
    scope.addHook("onRequest", async (request, reply) => {
      if (secret === undefined) return reply.code(401).send({ error: "CRON_SECRET not configured" });
      const [scheme, given = ""] = (request.headers.authorization ?? "").split(" ");
      if (scheme?.toLowerCase() === "bearer" && isSameSecret(given, secret)) return;
      noteRefusal("cron_secret_invalid");
      return reply.code(401).send({ error: "Unauthorized" });
    });
    scope.post("/cron", async (request, reply) =>
      send(reply, await receive(request.body, request.headers["idempotency-key"])),
    );
    done();
  });
}
