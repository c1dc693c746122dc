/** The composition root of the runner: what runs, and how it stops. */
import { setTimeout as pause } from "node:timers/promises";

import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { aboutProcess } from "@thor/kit/about-process";
import type { Log } from "@thor/kit/flow/log";
import { startLoop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import { addMetrics, createMetrics, type Metrics } from "@thor/kit/metrics";
import type { RunningService } from "@thor/kit/run-service";
import { createServer, hasSecret } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import { startOutboxDrain } from "@thor/ledger/outbox-drain";
import { requireLedger } from "@thor/ledger/require-ledger";
import { createCsrf } from "@thor/views/http/csrf";
import { createStreams } from "@thor/views/http/stream";
import { openWorkspaceConfig } from "@thor/workspace-config/loader";
import type { FastifyInstance, FastifyRequest } from "fastify";

import { createParts, type Parts } from "./app/parts.ts";
import { createRuns, type Runs } from "./app/runs.ts";
import type { RunnerConfig } from "./config.ts";
import { createCarryOutWish } from "./flows/carry-out-wish.ts";
import type { Turn } from "./flows/turn.ts";
import { addHealth } from "./http/health.ts";
import { addHelperRuns } from "./http/helper-runs.ts";
import { addTrigger } from "./http/trigger.ts";
import { addViewer } from "./http/viewer/viewer.ts";
import { addWishes } from "./http/wishes.ts";
import { COUNTED, OBSERVED } from "./metrics.ts";

const BODY_LIMIT = 4 * 1024 * 1024;
const TICK_MS = 1000;
const HEARTBEAT_MS = 10_000;
const LAST_WORK_MS = 5000;
/** Longer than one wish can take, so that nobody else carries it out meanwhile. */
const WISH_LEASE_MS = 60_000;
const MAX_WISHES = 8;
const { now } = systemClock;

/** Everything that happens without being asked; each answers with how to stop it. */
function startLoops({ ledger, log, turns, holder, view }: Parts, runs: Runs): (() => Promise<void>)[] {
  const tick = () => {
    for (const turn of turns.all()) turn.feed({ kind: "tick" });
    return Promise.resolve(TICK_MS);
  };
  const beat = async () => {
    await ledger.heartbeat({
      service: "runner",
      instance: String(process.pid),
      detail: aboutProcess({ configVersion: view.version() }),
    });
    return HEARTBEAT_MS;
  };
  const loops = [
    startLoop({ name: "tick", log, turn: tick }),
    startLoop({ name: "leases", log, turn: runs.keepLeases }),
    startLoop({ name: "recover", log, turn: runs.recover }),
    startLoop({ name: "orphans", log, turn: runs.finishOrphans }),
    startLoop({ name: "heartbeat", log, turn: beat }),
  ];
  const wishes = startOutboxDrain({
    name: "control",
    ledger,
    log,
    clock: { now },
    holder,
    streams: ["control"],
    leaseMs: WISH_LEASE_MS,
    room: () => MAX_WISHES,
    send: createCarryOutWish(runs.controls),
  });
  return [...loops.map((loop) => loop.stop), wishes.stop];
}

/** Lets another process take a run up at once. */
const createHandOver =
  ({ ledger, holder }: Parts) =>
  async (turn: Turn) => {
    turn.stop();
    await turn.driven.recorder.flush();
    await ledger.releaseLease({
      name: `run:${turn.anchorId}`,
      holder,
      fence: turn.driven.runFence,
      note: "handover",
    });
  };

const countRuns = (turns: readonly Turn[]) => ({
  driven: turns.length,
  parked: turns.filter((turn) => turn.isParked()).length,
});

/** What Prometheus may read. */
function meter(server: FastifyInstance, metrics: Metrics, { config, turns, stream }: Parts): void {
  metrics.watchRequests(server);
  metrics.gauge("runs_open", {
    help: "Runs of this process; a parked one is driven too",
    label: "state",
    read: () => Promise.resolve(countRuns(turns.all())),
  });
  metrics.gauge("stream_connected", {
    help: "Whether the event stream stands",
    label: "stream",
    read: () => Promise.resolve({ opencode: Number(stream.isConnected()) }),
  });
  const isInternal = (request: FastifyRequest) => hasSecret(request, INTERNAL_SECRET_HEADER, config.secrets.accepted);
  addMetrics(server, { metrics, token: config.metricsToken, isInternal });
}

const TOPICS = ["triggers", "anchors", "approvals", "cards"] as const;

/** The viewer: what people of the team may read of conversations and runs. */
function addPeoplesPages(server: FastifyInstance, { config, ledger, view, log }: Parts): void {
  const { origin, ...viewer } = config.viewer;
  addViewer(server, {
    ...ledger,
    ...viewer,
    log,
    now,
    newId: createIds(now),
    secrets: config.secrets.accepted,
    csrf: createCsrf({ secrets: config.secrets, origin, surface: "viewer", now }),
    streams: createStreams(server, { ...ledger, watch: (fn) => ledger.watch(TOPICS, fn) }),
    admission: () => view.current().admission,
  });
}

/** Starts the runner; closing it leaves every turn running for the next process to take up. */
export async function startRunner(config: RunnerConfig, given: Log): Promise<RunningService> {
  const metrics = createMetrics({ prefix: "thor_runner_", counted: COUNTED, observed: OBSERVED });
  const log = metrics.counting(given);
  const ledger = await requireLedger({
    url: config.databaseUrl,
    service: "runner",
    secret: config.secrets.current,
    log,
  });
  const view = await openWorkspaceConfig({ path: config.configPath, log, history: ledger });
  const parts = createParts({ config, ledger, view, log });
  const { stream, turns } = parts;
  const runs = createRuns(parts);
  const loops = startLoops(parts, runs);
  const server = createServer({ log, bodyLimitBytes: BODY_LIMIT });
  let isStopping = false;
  server.addHook("onRequest", async (request, reply) => {
    if (isStopping && request.url !== "/health")
      await reply.code(503).header("retry-after", "1").send({ error: "shutting_down" });
  });
  addHealth(server, {
    secrets: config.secrets.accepted,
    check: async () => ({
      status: (await ledger.probe()).kind === "ok" ? "ok" : "error",
      service: "runner",
      opencode: stream.isConnected() ? "connected" : "disconnected",
      plugin: parts.plugin.state(),
      runs: countRuns(turns.all()),
      config: { version: view.version(), degraded: view.degraded() },
    }),
  });
  meter(server, metrics, parts);
  addPeoplesPages(server, parts);
  addTrigger(server, { secrets: config.secrets.accepted, accept: runs.accept, follow: runs.follow });
  if (config.hasTestHelpers) addHelperRuns(server, { secrets: config.secrets.accepted, helperRuns: runs.helperRuns });
  addWishes(server, { secrets: config.secrets.accepted, wishes: runs.wishes });
  await server.listen({ port: config.port, host: config.bindAddress });
  log.info({ event: "runner_started", addresses: server.addresses() }, "runner started");

  return {
    close: async () => {
      isStopping = true;
      log.info({ event: "runner_shutting_down" }, "runner stopping");
      await server.close();
      const lastWork = Promise.allSettled([...runs.accept.inHand(), ...loops.map((stop) => stop())]);
      await Promise.race([lastWork, pause(LAST_WORK_MS)]);
      await Promise.allSettled(turns.all().map(createHandOver(parts)));
      parts.plugin.stop();
      await stream.close();
      await view.close();
      await ledger.close();
    },
  };
}
