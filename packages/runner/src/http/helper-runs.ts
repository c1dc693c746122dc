/** POST /internal/e2e/*: runs for tests of a whole installation; these routes exist only where they are switched on. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { secretHook } from "@thor/kit/server";
import type { FastifyInstance } from "fastify";
import { z } from "zod";

import type { HelperRuns } from "../flows/helper-runs.ts";

const text = z.string().trim().min(1).max(256);
const Context = z.strictObject({
  sessionId: text.optional(),
  correlationKey: z.string().trim().min(1).max(512).optional(),
  triggerSlackId: text.optional(),
  triggerGithubLogin: text.optional(),
});
const End = z.strictObject({ triggerId: text });

export function addHelperRuns(
  server: FastifyInstance,
  { secrets, helperRuns }: { secrets: readonly string[]; helperRuns: HelperRuns },
): void {
  void server.register((scope, _options, done) => {
    scope.addHook("onRequest", secretHook(INTERNAL_SECRET_HEADER, secrets));
    scope.post("/internal/e2e/trigger-context", async (request, reply) => {
      const { data, error } = Context.safeParse(request.body ?? {});
      if (error !== undefined) return reply.code(400).send({ error: "Invalid request body", details: error.issues });
      const { kind, ...opened } = await helperRuns.open(data);
      if (kind === "opened") return opened;
      return kind === "busy" ? reply.code(409).send({ error: "busy" }) : reply.code(503).send(opened);
    });
    scope.post("/internal/e2e/trigger-end", async (request, reply) => {
      const { data, error } = End.safeParse(request.body);
      if (error !== undefined) return reply.code(400).send({ error: "Invalid request body", details: error.issues });
      const ended = await helperRuns.end(data.triggerId);
      return ended === "ended" ? { ok: true } : reply.code(404).send({ error: "no_such_run" });
    });
    done();
  });
}
