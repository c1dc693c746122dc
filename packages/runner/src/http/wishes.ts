/** POST /internal/{stop,answer,continue}: what people ask of a run on other surfaces than Slack, behind the internal secret. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { ControlActor } from "@thor/domain/outbox";
import { secretHook } from "@thor/kit/server";
import type { FastifyInstance, FastifyReply } from "fastify";
import { z } from "zod";

import type { WishEnd } from "../core/wish-end.ts";
import type { AskWish, WishAnswer } from "../flows/ask-wish.ts";

const id = z.string().min(1).max(256);
const Stop = z
  .strictObject({
    anchorId: id.optional(),
    triggerId: id.optional(),
    by: ControlActor,
    reason: z.string().max(500).optional(),
  })
  .refine(({ anchorId, triggerId }) => (anchorId === undefined) !== (triggerId === undefined), {
    error: "either anchorId or triggerId",
  });
const Answer = z
  .strictObject({
    cardId: id,
    choice: z.string().max(1000).optional(),
    text: z.string().min(1).max(3000).optional(),
    by: ControlActor,
    clickId: id,
  })
  .refine(({ choice, text }) => (choice === undefined) !== (text === undefined), { error: "either choice or text" });
const Continue = z.strictObject({ triggerId: id, by: ControlActor, clickId: id });

function sendEnd(reply: FastifyReply, end: WishEnd) {
  switch (end.kind) {
    case "stopped":
      return reply.send({ stopped: end.wasRunning, report: end.report });
    case "answered":
    case "noted":
      return reply.send({ result: end.kind });
    case "continued":
      return reply.send({ triggerId: end.triggerId });
    case "settled_before":
      return reply.code(409).send({ error: "already_answered", by: end.by });
    case "busy":
      return reply.code(409).send({ error: "busy" });
    case "not_allowed":
      return reply.code(403).send({ error: "not_allowed" });
  }
}

function send(reply: FastifyReply, answer: WishAnswer) {
  switch (answer.kind) {
    case "ended":
      return sendEnd(reply, answer.end);
    case "queued":
      return reply.code(202).send({ queued: true });
    case "unknown":
      return reply.code(404).send({ error: answer.error });
    case "failed":
      return reply.code(500).send({ error: "it could not be carried out" });
    case "try_later":
      return reply.code(503).header("retry-after", "1").send({ error: answer.error });
  }
}

export function addWishes(
  server: FastifyInstance,
  { secrets, wishes }: { secrets: readonly string[]; wishes: AskWish },
): void {
  void server.register((scope, _options, done) => {
    scope.addHook("onRequest", secretHook(INTERNAL_SECRET_HEADER, secrets));
    const door = <Schema extends z.ZodType>(
      path: string,
      schema: Schema,
      ask: (body: z.output<Schema>) => Promise<WishAnswer>,
    ) =>
      scope.post(path, async (request, reply) => {
        const { data, error } = schema.safeParse(request.body);
        if (error !== undefined) return reply.code(400).send({ error: "Invalid request body", details: error.issues });
        return send(reply, await ask(data));
      });
    door("/internal/stop", Stop, wishes.stop);
    door("/internal/answer", Answer, wishes.answer);
    door("/internal/continue", Continue, wishes.goOn);
    done();
  });
}
