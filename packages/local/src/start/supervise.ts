/** Keeps one child alive: its own process group, its log, and a restart after each death until it is plain that it cannot live. */
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { type CappedLog, openCappedLog } from "./capped-log.ts";
import type { ChildPlan } from "./child-plan.ts";
import { type Layout, ROOT } from "./layout.ts";
import { endGroup } from "./process-identity.ts";
import { becomesReady } from "./readiness.ts";

export type ChildState = "waiting" | "starting" | "ready" | "restarting" | "failed" | "stopping" | "stopped";

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 10_000;
/** A child that lived this long did not die of its own start. */
const STEADY_MS = 10_000;
const MAX_QUICK_DEATHS = 5;
const MAX_DELAY_MS = 30_000;
const FIRST_DELAY_MS = 200;

export interface Supervised {
  name: string;
  /** Resolves once the child has been usable for the first time, with its first line where that is the sign. */
  firstReady: Promise<string>;
  pid: () => number | undefined;
  state: () => ChildState;
  lastError: () => string;
  stop: (isHurried: boolean) => Promise<void>;
}

/** How long to wait before the next start: hardly at all after the first death, longer and longer when it dies quickly again. */
export function restartDelayMs(quickDeaths: number): number {
  return quickDeaths <= 1 ? FIRST_DELAY_MS : Math.min(MAX_DELAY_MS, 1000 * 2 ** (quickDeaths - 2));
}

function startChild(plan: ChildPlan, log: CappedLog): ChildProcess {
  const [bin = "", ...argv] = plan.command;
  // The pipe on standard input is what tells a child that this process is gone, however it went.
  const child = spawn(bin, argv, { cwd: ROOT, env: { ...plan.env }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
  child.stdout?.on("data", log.write);
  child.stderr?.on("data", log.write);
  child.stdin?.on("error", () => undefined);
  return child;
}

const ended = (child: ChildProcess) =>
  new Promise<string>((resolve) => {
    child.on("error", (err) => resolve(err.message));
    child.on("exit", (code, signal) => resolve(signal === null ? `exit ${code}` : `killed by ${signal}`));
  });

interface Watch {
  layout: Pick<Layout, "logs">;
  /** How long to wait after so many quick deaths. */
  delayMs?: (quickDeaths: number) => number;
  onState: (name: string, state: ChildState) => void;
}

/** Starts a child and keeps it running until it is stopped. */
export function supervise(plan: ChildPlan, { layout, onState, delayMs = restartDelayMs }: Watch): Supervised {
  const log = openCappedLog(join(layout.logs, `${plan.name}.log`));
  const first = Promise.withResolvers<string>();
  first.promise.catch(() => undefined);
  let state: ChildState = "waiting";
  let child: ChildProcess | undefined;
  let lastError = "";
  let quickDeaths = 0;
  const isStopping = () => state === "stopping" || state === "stopped";
  const enter = (next: ChildState) => {
    if (isStopping() && next !== "stopped") return;
    state = next;
    onState(plan.name, next);
  };

  const liveOnce = async (): Promise<void> => {
    enter(quickDeaths === 0 && child === undefined ? "starting" : "restarting");
    const started = performance.now();
    const running = startChild(plan, log);
    child = running;
    const end = ended(running);
    const ready = await Promise.race([becomesReady(plan.ready, running, READY_WITHIN_MS), end.then(() => undefined)]);
    if (ready !== undefined) {
      enter("ready");
      first.resolve(ready);
    } else if (running.pid !== undefined && running.exitCode === null) endGroup(running.pid);
    lastError = `${await end}\n${log.tail()}`;
    // Whatever the child started goes with it.
    if (running.pid !== undefined) endGroup(running.pid);
    quickDeaths = ready !== undefined && performance.now() - started > STEADY_MS ? 0 : quickDeaths + 1;
  };

  const life = (async () => {
    const mayLive = () => !isStopping() && quickDeaths <= MAX_QUICK_DEATHS;
    while (mayLive()) {
      await liveOnce();
      if (mayLive()) await pause(delayMs(quickDeaths));
    }
    if (!isStopping()) enter("failed");
    first.reject(new Error(`${plan.name} does not start: ${lastError}`));
  })();

  return {
    name: plan.name,
    firstReady: first.promise,
    pid: () => child?.pid,
    state: () => state,
    lastError: () => lastError,
    stop: async (isHurried) => {
      if (state !== "stopped") enter("stopping");
      const pid = child?.pid;
      if (pid !== undefined && child?.exitCode === null && child.signalCode === null) {
        const end = ended(child);
        if (!isHurried) process.kill(pid, "SIGTERM");
        await Promise.race([end, pause(isHurried ? 0 : STOP_WITHIN_MS)]);
        endGroup(pid);
        await end;
      }
      await Promise.race([life, pause(STOP_WITHIN_MS)]);
      log.close();
      enter("stopped");
    },
  };
}
