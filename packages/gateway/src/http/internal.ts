/** Routes between services, behind the internal secret. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { RunnerIdle } from "@thor/domain/trigger";
import { secretHook } from "@thor/kit/server";
import type { FastifyInstance } from "fastify";

export function addInternal(
  server: FastifyInstance,
  { secrets, wake }: { secrets: readonly string[]; wake: () => void },
): void {
  void server.register((scope, _options, done) => {
    scope.addHook("onRequest", secretHook(INTERNAL_SECRET_HEADER, secrets));
    scope.post("/internal/runner/idle", async (request, reply) => {
      const parsed = RunnerIdle.safeParse(request.body);
      if (!parsed.success) return reply.code(400).send({ error: "Invalid request", details: parsed.error.issues });
      wake();
      return { ok: true };
    });
    done();
  });
}
