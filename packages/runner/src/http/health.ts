/** GET /health: public only whether the ledger can be written; the detail needs the secret. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { hasSecret } from "@thor/kit/server";
import type { FastifyInstance } from "fastify";

export interface RunnerHealth {
  status: "ok" | "error";
  service: "runner";
  opencode: "connected" | "disconnected";
  plugin: "unknown" | "loaded" | "missing" | "no_pass";
  runs: { driven: number; parked: number };
  config: { version: string; degraded: boolean };
}

export function addHealth(
  server: FastifyInstance,
  { secrets, check }: { secrets: readonly string[]; check: () => Promise<RunnerHealth> },
): void {
  server.get("/health", async (request, reply) => {
    const health = await check();
    reply.code(health.status === "ok" ? 200 : 503);
    return hasSecret(request, INTERNAL_SECRET_HEADER, secrets) ? health : { status: health.status };
  });
}
