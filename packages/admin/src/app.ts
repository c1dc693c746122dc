/** The composition root of admin. */
import type { Log } from "@thor/kit/flow/log";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import { openLedger } from "@thor/ledger/open";

import type { AdminConfig } from "./config.ts";
import { createOverview } from "./flows/pages/overview.ts";
import { addPages } from "./http/pages.ts";

const BODY_LIMIT = 1024 * 1024;

export async function startAdmin(
  { port, bindAddress, databaseUrl, secret }: AdminConfig,
  log: Log,
): Promise<RunningService> {
  const opened = await openLedger({ url: databaseUrl, service: "admin", instance: String(process.pid), secret, log });
  if (opened.kind !== "opened")
    throw new StartRefused(`ledger: ${opened.kind}`, opened.kind === "unavailable" ? 1 : 78);
  const { ledger } = opened;
  const server = createServer({ log, bodyLimitBytes: BODY_LIMIT });
  server.get("/health", async (_request, reply) => {
    const { kind } = await ledger.probe();
    return reply.code(kind === "ok" ? 200 : 503).send({ status: kind === "ok" ? "ok" : "error" });
  });
  addPages(server, { secret, load: createOverview({ ...ledger, now: systemClock.now }) });
  await server.listen({ port, host: bindAddress });
  log.info({ event: "admin_started", addresses: server.addresses() }, "admin started");
  return {
    close: async () => {
      await server.close();
      await ledger.close();
    },
  };
}
