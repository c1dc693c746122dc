/** GET /health: public only whether the ledger can be written; the detail needs the secret. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { hasSecret } from "@thor/kit/server";
import type { FastifyInstance } from "fastify";

export interface SchedulerHealth {
  status: "ok" | "error";
  service: "scheduler";
  /** Whether this process fires, or waits for the one that does. */
  leading: boolean;
  jobs: number;
  invalid: number;
  file: string;
}

export function addHealth(
  server: FastifyInstance,
  { secret, check }: { secret: string; check: () => Promise<SchedulerHealth> },
): void {
  server.get("/health", async (request, reply) => {
    const health = await check();
    reply.code(health.status === "ok" ? 200 : 503);
    return hasSecret(request, INTERNAL_SECRET_HEADER, [secret]) ? health : { status: health.status };
  });
}
