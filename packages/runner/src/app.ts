/** The composition root of the runner: what runs, and how it stops. */
import { setTimeout as pause } from "node:timers/promises";

import type { Log } from "@thor/kit/flow/log";
import { startLoop, type Loop } from "@thor/kit/flow/loop";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { openWorkspaceConfig } from "@thor/workspace-config/loader";

import { createParts, type Parts } from "./app/parts.ts";
import { createRuns, type Runs } from "./app/runs.ts";
import type { RunnerConfig } from "./config.ts";
import { createControlLoop } from "./flows/control-loop.ts";
import type { Turn } from "./flows/turn.ts";
import { addHealth } from "./http/health.ts";
import { addTrigger } from "./http/trigger.ts";

const BODY_LIMIT = 4 * 1024 * 1024;
const TICK_MS = 1000;
const HEARTBEAT_MS = 10_000;
const LAST_WORK_MS = 5000;
const { now } = systemClock;

async function openStore({ databaseUrl: url, secrets }: RunnerConfig, log: Log): Promise<Ledger> {
  const opened = await openLedger({
    url,
    service: "runner",
    instance: String(process.pid),
    secret: secrets.current,
    log,
  });
  if (opened.kind === "opened") return opened.ledger;
  throw new StartRefused(`ledger: ${opened.kind}`, opened.kind === "unavailable" ? 1 : 78);
}

/** Everything that happens without being asked; each answers with how to stop it. */
function startLoops({ ledger, log, turns, holder }: Parts, runs: Runs): (() => Promise<void>)[] {
  const tick = () => {
    for (const turn of turns.all()) turn.feed({ kind: "tick" });
    return Promise.resolve(TICK_MS);
  };
  const beat = async () => {
    await ledger.heartbeat({ service: "runner", instance: String(process.pid), detail: {} });
    return HEARTBEAT_MS;
  };
  const loops = [
    startLoop({ name: "tick", log, turn: tick }),
    startLoop({ name: "leases", log, turn: runs.keepLeases }),
    startLoop({ name: "recover", log, turn: runs.recover }),
    startLoop({ name: "orphans", log, turn: runs.finishOrphans }),
    startLoop({ name: "heartbeat", log, turn: beat }),
  ];
  const control: Loop = startLoop({
    name: "control",
    log,
    turn: createControlLoop({ ...ledger, ...runs.controls, log, now, holder, wake: () => control.wake() }).turn,
  });
  const unwatch = ledger.watch(["outbox"], control.wake);
  const stopControl = () => {
    unwatch();
    return control.stop();
  };
  return [...loops.map((loop) => loop.stop), stopControl];
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

/** Starts the runner; closing it leaves every turn running for the next process to take up. */
export async function startRunner(config: RunnerConfig, log: Log): Promise<RunningService> {
  const ledger = await openStore(config, log);
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
      runs: { driven: turns.all().length, parked: turns.all().filter((turn) => turn.isParked()).length },
      config: { version: view.version(), degraded: view.degraded() },
    }),
  });
  addTrigger(server, { secrets: config.secrets.accepted, accept: runs.accept });
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
      await stream.close();
      await view.close();
      await ledger.close();
    },
  };
}
