/** `thor start`: from nothing to a Slack page in which Thor answers, and back to nothing. */
import { mkdirSync } from "node:fs";

import type { SimulatorFacts } from "@thor/simulators/start";

import { type Board, createBoard } from "./board.ts";
import { CannotStart } from "./cannot-start.ts";
import { frontDoorUrl, local, shownPath, type Stage } from "./child-plan.ts";
import { chooseModel, type ModelChoice } from "./choose-model.ts";
import { startFrontDoor } from "./front-door.ts";
import { type Cell, isolationFault, isolationLine, probeCell } from "./isolation.ts";
import { layoutOf, makeLayout } from "./layout.ts";
import { type Lock, type Taken, takeLock } from "./lock.ts";
import type { StartOptions } from "./options.ts";
import { choosePorts } from "./ports.ts";
import { preflight } from "./preflight.ts";
import { startTimeOf } from "./process-identity.ts";
import { removeRunFile, type RunFile, runFacts, writeRunFile } from "./run-file.ts";
import { openSecrets } from "./secrets.ts";
import { setAside } from "./set-aside.ts";
import { startStack } from "./stack.ts";
import type { Supervised } from "./supervise.ts";

export interface RunningStart {
  run: RunFile;
  stop: Stop;
}

const SIM_MODEL = "thor-sim-1";

interface Prepared {
  stage: Stage;
  lock: Taken;
  cell: Cell;
}

const alreadyRunning = ({ pid, url }: Lock) =>
  new CannotStart(`Already running as pid ${pid}: ${url ?? "still starting"}`);

interface Found extends Pick<Stage, "layout" | "tools"> {
  model: Exclude<ModelChoice, { kind: "fault" }>;
}

async function stageOf(options: StartOptions, { layout, model, tools }: Found): Promise<Stage> {
  const ports = await choosePorts(layout.portsFile, options.port);
  const secrets = openSecrets(layout.secretsFile);
  const sim = { baseUrl: `${local(ports.sim)}/model/v1`, apiKey: secrets.THOR_MODEL_API_KEY, id: SIM_MODEL };
  const isSimulated = model.kind === "simulated";
  const provider = { ...(isSimulated ? sim : model), isSimulated };
  const pace = options.isJson ? ("instant" as const) : ("demo" as const);
  return { layout, ports, secrets, tools, model: provider, pace };
}

async function prepare(options: StartOptions, board: Board): Promise<Prepared> {
  const layout = layoutOf(options.dataDir);
  const stamp = new Date().toISOString().replaceAll(/[:.]/g, "-");
  const fresh = options.isFresh ? setAside(options.dataDir, stamp) : { kind: "done" as const };
  if (fresh.kind === "running") throw alreadyRunning(fresh.lock);
  mkdirSync(options.dataDir, { recursive: true, mode: 0o700 });
  makeLayout(layout);
  const { faults, warnings, tools } = preflight(layout);
  const model = chooseModel(options.env, options.isSimulated);
  if (options.env["NODE_ENV"] === "production") faults.push("Local start is for development: NODE_ENV is production.");
  const all = model.kind === "fault" ? [...faults, model.text] : faults;
  if (all.length > 0 || model.kind === "fault") throw new CannotStart(all.join("\n"));
  for (const warning of warnings) board.say(`warning: ${warning}`);
  const lock = takeLock(layout.lockFile);
  if (lock.kind === "running") throw alreadyRunning(lock.lock);
  const stage = await stageOf(options, { layout, model, tools });
  const cell = await probeCell(stage);
  const fault = isolationFault(model.kind, cell, options.isUnisolated);
  if (fault === undefined) return { stage, lock, cell };
  lock.release();
  throw new CannotStart(fault);
}

const asLocalhost = (url: string) => url.replace("127.0.0.1", "localhost");

function readyLines({ stage, cell }: Prepared, { slack, github }: SimulatorFacts): string[] {
  const { ports, model, layout } = stage;
  const { isSimulated } = model;
  return [
    "",
    "Ready",
    `Real: ${isSimulated ? "nothing" : `model ${model.id}`}    Simulated: slack github${isSimulated ? " model" : ""}`,
    `  Start     ${frontDoorUrl(ports)}`,
    `  Talk      ${asLocalhost(slack.pageUrl)}      say: @thor fix the greeting`,
    `  Code      ${asLocalhost(github.pageUrl)}`,
    `  Admin     ${frontDoorUrl(ports)}/admin`,
    isolationLine(cell),
    `Stop with Ctrl-C. Logs in ${shownPath(layout.logs)}. Problems: npx pnpm thor doctor`,
  ];
}

function pidsOf(children: readonly Supervised[]): Record<string, number> {
  return Object.fromEntries(
    children.flatMap((child) => {
      const pid = child.pid();
      return pid === undefined ? [] : [[child.name, pid] as const];
    }),
  );
}

/** Children with their start times, so that a later start can end them after this one was killed. */
function leftovers(children: readonly Supervised[]): Lock["children"] {
  const entries = Object.entries(pidsOf(children));
  return Object.fromEntries(entries.map(([name, pid]) => [name, { pid, startedAt: startTimeOf(pid) ?? "" }]));
}

/** The simulators go last: the others still speak to them while they stop. */
async function stopChildren(children: readonly Supervised[], isHurried: boolean): Promise<void> {
  const last = children.filter(({ name }) => name === "simulators");
  const first = children.filter((child) => !last.includes(child));
  for (const group of [first, last]) await Promise.all(group.map((child) => child.stop(isHurried)));
}

const nothingYet = () => Promise.resolve();

type Stop = (isHurried: boolean) => Promise<void>;

interface Outside {
  write: (text: string) => void;
  /** Hands out the way to stop as soon as there is something to stop. */
  onStoppable?: (stop: Stop) => void;
}

/** Starts everything; the answer comes when a mention can be answered. */
export async function start(options: StartOptions, { write, onStoppable }: Outside): Promise<RunningStart> {
  const board = createBoard(write, options.isJson);
  const prepared = await prepare(options, board);
  const { stage, lock } = prepared;
  const { layout, ports, secrets } = stage;
  const children: Supervised[] = [];
  let facts: SimulatorFacts | undefined;
  let closeFrontDoor: () => Promise<void> = nothingYet;
  let stopping: Promise<void> | undefined;
  const calledOff = new AbortController();

  const remember = async () => {
    if (stopping !== undefined) return;
    lock.write({ url: frontDoorUrl(ports), children: leftovers(children) });
    if (facts !== undefined) await writeRunFile(layout.runFile, runFacts(stage, facts, pidsOf(children)));
  };
  const stopAll = async (isHurried: boolean) => {
    calledOff.abort();
    await closeFrontDoor();
    await stopChildren(children, isHurried);
    removeRunFile(layout.runFile);
    lock.release();
  };
  const stop: Stop = (isHurried) => {
    if (stopping === undefined) board.say("Stopping");
    if (stopping === undefined || isHurried) stopping = stopAll(isHurried);
    return stopping;
  };

  onStoppable?.(stop);
  const adopt = (child: Supervised) => {
    children.push(child);
    if (stopping !== undefined) void child.stop(true);
  };
  try {
    facts = await startStack({
      stage,
      adopt,
      signal: calledOff.signal,
      onState: (name, state) => {
        board.state(name, state, state === "failed" ? `see ${shownPath(layout.logs)}/${name}.log` : undefined);
        if (state === "ready") void remember();
      },
    });
    const door = await startFrontDoor({
      port: ports.frontDoor,
      adminUrl: local(ports.admin),
      runnerUrl: local(ports.runner),
      simUrl: asLocalhost(facts.url),
      secret: secrets.THOR_INTERNAL_SECRET,
    });
    closeFrontDoor = () => door.close();
  } catch (err) {
    await stop(true);
    throw err;
  }
  await remember();
  const run = runFacts(stage, facts, pidsOf(children));
  board.ready({ urls: run.urls, runFile: layout.runFile, talk: facts.slack.pageUrl }, readyLines(prepared, facts));
  return { run, stop };
}
