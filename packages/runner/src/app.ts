/** The composition root of the runner. */
import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";

import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";
import { createLimiter } from "@thor/kit/flow/limiter";
import type { Log } from "@thor/kit/flow/log";
import { startLoop, type Loop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";

import { createIdleNotice } from "./adapters/gateway-client.ts";
import { createOpencodeClient, type OpencodeClient } from "./adapters/opencode-client.ts";
import { openOpencodeStream } from "./adapters/opencode-stream.ts";
import { createPassFiles } from "./adapters/pass-files.ts";
import { createCancelCommands } from "./adapters/remote-cli-client.ts";
import { createSlackProgress, type SlackProgress } from "./adapters/slack-progress.ts";
import { createDirectoryCheck } from "./adapters/workspace.ts";
import type { RunnerConfig } from "./config.ts";
import { finalText } from "./core/progress/render.ts";
import { createAbortTurn } from "./flows/abort-turn.ts";
import { createAcceptTrigger } from "./flows/accept-trigger.ts";
import { createAdoptChild, createFindChildren } from "./flows/adopt-child.ts";
import { createControlLoop } from "./flows/control-loop.ts";
import { driveTurn, type DriveTurnDeps, type PromptSent, type Turn } from "./flows/drive-turn.ts";
import type { DrivenRun } from "./flows/driven-run.ts";
import { createEndRun } from "./flows/end-run.ts";
import { createFinishOrphans } from "./flows/finish-orphans.ts";
import { createGiveUp } from "./flows/give-up.ts";
import { createKeepLeases } from "./flows/keep-leases.ts";
import { createOpenSession } from "./flows/open-session.ts";
import { createRecoverRuns } from "./flows/recover-runs.ts";
import { createRouteEvents } from "./flows/route-events.ts";
import { createStartRun } from "./flows/start-run.ts";
import { createStopRun } from "./flows/stop-run.ts";
import { createTakeSnapshot } from "./flows/take-snapshot.ts";
import { createTurns } from "./flows/turns.ts";
import { addHealth } from "./http/health.ts";
import { addTrigger } from "./http/trigger.ts";

const BODY_LIMIT = 4 * 1024 * 1024;
const TICK_MS = 1000;
const HEARTBEAT_MS = 10_000;
const MAX_SNAPSHOTS = 4;
const LAST_WORK_MS = 5000;
const now = systemClock.now;

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

const cannotSpeak = () => Promise.resolve({ kind: "refused" as const, code: "slack_not_configured" });

/** Slack's verbs, or ones that say nothing when no token is set. */
function slackOf(config: RunnerConfig): SlackProgress & { canSpeak: boolean } {
  if (config.slack !== undefined) return { ...createSlackProgress(config.slack), canSpeak: true };
  return {
    post: cannotSpeak,
    update: cannotSpeak,
    findControl: cannotSpeak,
    findAgentPost: cannotSpeak,
    canSpeak: false,
  };
}

async function sendPrompt(
  client: OpencodeClient,
  sessionId: string,
  message: Parameters<OpencodeClient["prompt"]>[1],
): Promise<PromptSent> {
  const sent = await client.prompt(sessionId, message);
  return sent.kind === "ok" ? { kind: "ok" } : sent;
}

/** What people are told about how commands run, from the probe's result beside the passes. */
const createNotes = (passesDir: string) => async (): Promise<readonly string[]> => {
  const cell = await readFile(`${passesDir}/cell`, "utf8").catch(() => "");
  return cell.trim() === "off" ? ["commands run without isolation"] : [];
};

/** What every flow of a run is made of. */
function createParts(config: RunnerConfig, ledger: Ledger, log: Log) {
  const { opencode, passesDir, secrets } = config;
  const client = createOpencodeClient(opencode);
  const slack = slackOf(config);
  const passes = createPassFiles({ directory: passesDir, secret: secrets.current, now });
  const turns = createTurns<Turn>();
  const adopt = createAdoptChild({ ...ledger, log, pause, writePass: passes.write });
  const toAll = (kind: "gap_open" | "gap_closed") => () => {
    for (const turn of turns.all()) turn.feed({ kind });
  };
  const listener = {
    onEvent: createRouteEvents({ turns, adopt, rejectPermission: client.rejectPermission }),
    onGapOpen: toAll("gap_open"),
    onGapClosed: toAll("gap_closed"),
  };
  const stream = openOpencodeStream({ ...opencode, log, clock: systemClock, listener });
  const takeSnapshot = createTakeSnapshot({ ...client, isConnected: stream.isConnected });
  const holder = `runner:${process.pid}:${randomUUID()}`;
  const findChildren = createFindChildren({ adopt, children: client.children });
  const finishing = new Set<string>();
  return { config, ledger, log, client, slack, passes, turns, stream, takeSnapshot, findChildren, finishing, holder };
}
type Parts = ReturnType<typeof createParts>;
type Changes = Parameters<Ledger["setTrigger"]>[0]["set"];

function createStart(parts: Parts) {
  const { config, ledger, log, client, slack, turns, takeSnapshot, findChildren, finishing } = parts;
  const { limits, gatewayUrl, secrets, passesDir } = config;
  const noticeIdle = createIdleNotice({ url: gatewayUrl, secret: secrets.current });
  const { findAgentPost } = slack;
  const limited = createLimiter(MAX_SNAPSHOTS);
  const set = async ({ triggerId, driven: { runFence } }: Turn, changes: Changes) =>
    ledger.setTrigger({ triggerId, runFence, set: changes });
  const driving: DriveTurnDeps = {
    log,
    now,
    limits,
    sendPrompt: (sessionId, message) => sendPrompt(client, sessionId, message),
    abortSession: client.abort,
    takeSnapshot: (turn) => limited(() => takeSnapshot(turn)),
    findChildren,
    onSent: async (turn) => {
      const noted = await set(turn, { status: "running", promptSentAt: now() });
      return noted.kind !== "overloaded" && noted.kind !== "unavailable";
    },
    keepTotals: async (turn) => void (await set(turn, { totals: turn.progress().totals })),
    forget: turns.remove,
    onEnd: createEndRun({ ...ledger, log, now, pause, findAgentPost, noticeIdle, finishing, forget: turns.remove }),
  };
  const drive = (driven: DrivenRun) => driveTurn(driving, driven);
  return createStartRun({ ...ledger, ...slack, log, now, pause, drive, turns, notes: createNotes(passesDir) });
}

function createRuns(config: RunnerConfig, ledger: Ledger, log: Log) {
  const parts = createParts(config, ledger, log);
  const { client, passes, turns, stream, takeSnapshot, holder, slack, finishing } = parts;
  const startRun = createStart(parts);
  const writePass = passes.write;
  const giveUp = createGiveUp(ledger);
  const accept = createAcceptTrigger({
    ...ledger,
    log,
    now,
    pause,
    holder,
    startRun,
    giveUp,
    turns,
    writePass,
    newId: createIds(now),
    connectTimeoutMs: config.opencode.connectTimeoutMs,
    isConnected: stream.isConnected,
    activity: async ({ sessionId, directory }) => {
      const statuses = await client.status(directory);
      if (statuses.kind !== "ok") return "unknown";
      return (statuses.body[sessionId]?.type ?? "idle") === "idle" ? "idle" : "busy";
    },
    isAllowedDirectory: createDirectoryCheck(config.workspace),
    inOrder: createKeyedMutex(),
    openSession: createOpenSession({ ...ledger, ...client, log, pause }),
    abortTurn: createAbortTurn({
      now,
      pause,
      timeoutMs: config.limits.abortTimeoutMs,
      abortSession: client.abort,
      takeSnapshot,
    }),
    onSuperseded: async (turn) => {
      turn.stop();
      turns.remove(turn);
      finishing.add(turn.triggerId);
      const text = finalText(turn.progress(), { kind: "interrupted" }, now());
      await turn.driven.keeper.finish(text).finally(() => finishing.delete(turn.triggerId));
    },
  });
  const recover = createRecoverRuns({ ...ledger, log, now, holder, startRun, giveUp, turns, writePass });
  const finishOrphans = createFinishOrphans({ ...ledger, ...slack, log, now, pause, finishing });
  const keepLeases = createKeepLeases({ ...ledger, log, now, holder, turns });
  const cancelCommands = createCancelCommands({ url: config.remoteCliUrl, secret: config.secrets.current });
  const stopRun = createStopRun({ ...ledger, log, now, pause, turns, cancelCommands });
  return { stream, turns, accept, recover, finishOrphans, keepLeases, holder, stopRun };
}

/** Everything that happens without being asked; each answers with how to stop it. */
function startLoops(runs: ReturnType<typeof createRuns>, ledger: Ledger, log: Log): (() => Promise<void>)[] {
  const tick = () => {
    for (const turn of runs.turns.all()) turn.feed({ kind: "tick" });
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
  const { stopRun, holder } = runs;
  const control: Loop = startLoop({
    name: "control",
    log,
    turn: createControlLoop({ ...ledger, log, now, holder, stopRun, wake: () => control.wake() }).turn,
  });
  const unwatch = ledger.watch(["outbox"], control.wake);
  const stopControl = () => {
    unwatch();
    return control.stop();
  };
  return [...loops.map((loop) => loop.stop), stopControl];
}

/** Starts the runner; closing it leaves every turn running for the next process to take up. */
export async function startRunner(config: RunnerConfig, log: Log): Promise<RunningService> {
  const ledger = await openStore(config, log);
  const runs = createRuns(config, ledger, log);
  const loops = startLoops(runs, ledger, log);
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
      opencode: runs.stream.isConnected() ? "connected" : "disconnected",
      runs: { driven: runs.turns.all().length },
    }),
  });
  addTrigger(server, { secrets: config.secrets.accepted, accept: runs.accept });
  await server.listen({ port: config.port, host: config.bindAddress });
  log.info({ event: "runner_started", addresses: server.addresses() }, "runner started");

  const handOver = async (turn: Turn) => {
    turn.stop();
    await turn.driven.recorder.flush();
    await ledger.releaseLease({
      name: `run:${turn.anchorId}`,
      holder: runs.holder,
      fence: turn.driven.runFence,
      note: "handover",
    });
  };
  return {
    close: async () => {
      isStopping = true;
      log.info({ event: "runner_shutting_down" }, "runner stopping");
      await server.close();
      const lastWork = Promise.allSettled([...runs.accept.inHand(), ...loops.map((stop) => stop())]);
      await Promise.race([lastWork, pause(LAST_WORK_MS)]);
      await Promise.allSettled(runs.turns.all().map(handOver));
      await runs.stream.close();
      await ledger.close();
    },
  };
}
