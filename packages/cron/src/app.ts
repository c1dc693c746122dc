/** The composition root of the scheduler. */
import { aboutProcess } from "@thor/kit/about-process";
import { sha256Hex } from "@thor/kit/derived-key";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { startLoop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import type { RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import type { Ledger } from "@thor/ledger/port";
import { requireLedger } from "@thor/ledger/require-ledger";

import { createCrontabFile } from "./adapters/crontab-file.ts";
import { createGatewayClient } from "./adapters/gateway-client.ts";
import { createHeartbeatFile } from "./adapters/heartbeat-file.ts";
import { createNextTimes } from "./adapters/next-times.ts";
import { listRepositories } from "./adapters/repositories.ts";
import { createStatusFile } from "./adapters/status-file.ts";
import type { SchedulerConfig } from "./config.ts";
import { localTime } from "./core/crontab/local-time.ts";
import type { Job } from "./core/crontab/parse.ts";
import { createFire } from "./flows/fire.ts";
import { createLead } from "./flows/lead.ts";
import { createReload } from "./flows/reload.ts";
import { createRunRequests } from "./flows/run-requests.ts";
import { createTick } from "./flows/tick.ts";
import { createTurn } from "./flows/turn.ts";
import { addHealth } from "./http/health.ts";

const BODY_LIMIT = 1024;
const HEARTBEAT_MS = 10_000;
const SHOWN_TIMES = 3;

interface Overrides {
  clock?: Clock;
}

interface Parts {
  config: SchedulerConfig;
  ledger: Ledger;
  log: Log;
  clock: Clock;
}

/** Lines, times and firings, with the file they come from. */
function createEngine({ config, ledger, log, clock }: Parts, wake: () => void) {
  const times = createNextTimes();
  const post = createGatewayClient({ url: config.gatewayUrl, secret: config.cronSecret });
  const requests = createRunRequests({ ...ledger, log, clock, fire: createFire({ ...ledger, log, clock, post }) });
  const lead = createLead({ ...ledger, log, clock, holder: `scheduler:${process.pid}:${createIds(clock.now)()}` });
  const file = createCrontabFile(config.crontab, wake);
  const nextTimes = ({ schedule, zone }: Job) => {
    const next = times.upcoming(schedule, zone, { at: clock.now(), count: SHOWN_TIMES });
    return next.map((at) => localTime(at, zone));
  };
  const engine = createTurn({
    clock,
    lead,
    readCrontab: file.read,
    listRepositories: () => listRepositories(config.reposRoot),
    reload: createReload({ ...ledger, ...times, log, clock, hash: sha256Hex, facts: config }),
    tick: createTick({ ...ledger, ...times, log, clock }),
    requests,
    writeStatus: createStatusFile(`${config.crontab}.status`),
    nextTimes,
  });
  return { ...engine, requests, lead, file };
}

async function startHealth({ config, ledger, log }: Parts, state: ReturnType<typeof createEngine>["state"]) {
  if (config.port === undefined) return undefined;
  const server = createServer({ log, bodyLimitBytes: BODY_LIMIT });
  const check = async () => {
    const status = (await ledger.probe()).kind === "ok" ? ("ok" as const) : ("error" as const);
    return { status, service: "scheduler" as const, ...state() };
  };
  addHealth(server, { secret: config.secret, check });
  await server.listen({ port: config.port, host: config.bindAddress });
  return server;
}

/** Starts the scheduler; closing it fires nothing new and waits for what is on its way. */
export async function startScheduler(
  config: SchedulerConfig,
  log: Log,
  overrides: Overrides = {},
): Promise<RunningService> {
  const clock = overrides.clock ?? systemClock;
  const ledger = await requireLedger({
    url: config.databaseUrl,
    service: "scheduler",
    secret: config.secret,
    log,
    clock: overrides.clock,
  });
  const parts = { config, ledger, log, clock };
  const waker: { wake?: () => void } = {};
  const engine = createEngine(parts, () => waker.wake?.());
  const beatFile = createHeartbeatFile(config.heartbeatFile);
  const loop = startLoop({ name: "schedule", log, turn: engine.turn });
  waker.wake = loop.wake;
  const beat = async () => {
    await ledger.heartbeat({
      service: "scheduler",
      instance: String(process.pid),
      detail: aboutProcess(engine.state()),
    });
    await beatFile(clock.now());
    return HEARTBEAT_MS;
  };
  const heartbeat = startLoop({ name: "heartbeat", log, turn: beat });
  const unwatch = ledger.watch(["settings", "status"], loop.wake);
  const server = await startHealth(parts, engine.state);
  log.info({ event: "scheduler_started", addresses: server?.addresses() ?? [] }, "scheduler started");
  return {
    close: async () => {
      unwatch();
      engine.file.close();
      await Promise.all([loop.stop(), heartbeat.stop()]);
      await engine.requests.drained();
      await engine.lead.release();
      await server?.close();
      await ledger.close();
    },
  };
}
