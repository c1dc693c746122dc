/** GET /health: for the public only whether the queue moves; the detail needs the secret. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { hasSecret } from "@thor/kit/server";
import type { FastifyInstance } from "fastify";

import type { Health } from "../core/health.ts";

export function addHealth(
  server: FastifyInstance,
  { secrets, check }: { secrets: readonly string[]; check: () => Promise<Health> },
): void {
  server.get("/health", async (request, reply) => {
    const health = await check();
    reply.code(health.status === "error" ? 503 : 200);
    if (hasSecret(request, INTERNAL_SECRET_HEADER, secrets)) return health;
    return { status: health.status === "error" ? "error" : "ok" };
  });
}
