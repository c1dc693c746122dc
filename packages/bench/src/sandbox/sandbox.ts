/** `bench sandbox [--quick]`: what a local sandbox adds to a command, and whether a sync costs by the change or by the repository. */
import { randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { runChild } from "@thor/kit/child";
import { startChild } from "@thor/kit/child-start";
import type { Place } from "@thor/sandbox/bench";
import { createSandboxEngine } from "@thor/sandbox/engine";
import { openLocalProvider } from "@thor/sandbox/providers/local";
import { parseArguments } from "@thor/sandbox/pure/arguments";

import { median, missed, renderReport, timeEach, type Measure } from "../report.ts";

const MIB = 1024 * 1024;
const FILE_BYTES = 256 * 1024;
/** Two seconds of work, as a short test run has. */
const WORK =
  'const end = Date.now() + 2000; let n = 0; while (Date.now() < end) n += Math.sqrt(n); console.log("done")';
const LIMITS = { timeoutMs: 120_000, maxStdoutBytes: 16 * MIB, maxStderrBytes: MIB, killGraceMs: 1000 };
const ENV = { PATH: process.env["PATH"] ?? "", HOME: "/nonexistent", GIT_CONFIG_NOSYSTEM: "1" };
const AS = ["-c", "user.name=b", "-c", "user.email=b@example.com", "-c", "gc.auto=0"];

async function git(cwd: string, argv: readonly string[], stdin?: string) {
  const { end, stdout } = await runChild({ bin: "git", argv: [...AS, ...argv], env: ENV, cwd, stdin, ...LIMITS });
  return { code: end.kind === "exited" ? end.code : 1, stdout };
}

/** A repository with so many bytes of content that does not compress. */
async function makeRepository(root: string, bytes: number): Promise<Place> {
  mkdirSync(root, { recursive: true });
  for (let at = 0; at * FILE_BYTES < bytes; at += 1) writeFileSync(join(root, `f${at}`), randomBytes(FILE_BYTES));
  writeFileSync(join(root, "change.txt"), "0");
  for (const argv of [
    ["init", "-q"],
    ["add", "-A"],
    ["commit", "-qm", "first"],
  ])
    if ((await git(root, argv)).code !== 0) throw new Error(`git ${argv[0] ?? ""}`);
  return { root, subPath: "", anchor: "bench", git: (argv, { stdin } = {}) => git(root, argv, stdin) };
}

async function openEngine(directory: string) {
  const [sandboxes, scratch] = [join(directory, "sandboxes"), join(directory, "scratch")];
  mkdirSync(sandboxes);
  mkdirSync(scratch);
  const provider = await openLocalProvider({
    directory: sandboxes,
    worktrees: directory,
    instance: "bench",
    bwrap: "bwrap",
    start: startChild,
    now: Date.now,
    settings: () => ({ memoryMiB: 4096, processes: 512, readOnlyPaths: [], diskMiB: 4096 }),
  });
  const engine = createSandboxEngine({
    provider,
    scratch,
    now: Date.now,
    lease: () => Promise.resolve({ kind: "locked", isLost: () => false, unlock: () => Promise.resolve() }),
    limits: () => ({ maxActive: 9, maxPerConversation: 9, commandTimeoutMs: 60_000, maxTimeoutMs: 60_000 }),
  });
  return { engine, provider };
}
type Engine = Awaited<ReturnType<typeof openEngine>>["engine"];
const io = () => ({ signal: new AbortController().signal, sink: () => undefined });

async function must(outcome: Promise<{ exitCode: number }>): Promise<void> {
  const { exitCode } = await outcome;
  if (exitCode !== 0) throw new Error(`a command in the sandbox ended with ${exitCode}`);
}

/** The same command bare and in the sandbox, in turns, on a tree that does not change. */
async function measureRun(engine: Engine, place: Place, times: number): Promise<Measure> {
  const command = parseArguments(["node", "-e", WORK]);
  if (command.kind !== "exec") throw new Error(command.kind);
  const inSandbox = () => must(engine.exec(place, command, io()));
  const bare = () => runChild({ bin: process.execPath, argv: ["-e", WORK], env: ENV, cwd: place.root, ...LIMITS });
  await inSandbox();
  const took = { bare: [] as number[], sandbox: [] as number[] };
  for (let round = 0; round < times; round += 1) {
    took.bare.push(...(await timeEach(1, bare)));
    took.sandbox.push(...(await timeEach(1, inSandbox)));
  }
  const [plain, sandbox] = [median(took.bare), median(took.sandbox)];
  const detail = `${plain.toFixed(0)} ms bare, ${sandbox.toFixed(0)} ms with both syncs`;
  return {
    id: "SB1",
    what: "a second run on an unchanged tree, p50 over bare",
    value: sandbox / plain,
    goal: 1.2,
    must: "at most",
    detail,
  };
}

/** One changed file in a small and in a large repository, in turns. */
async function measureSync(engine: Engine, places: { small: Place; large: Place }, times: number): Promise<Measure> {
  const sync = async (place: Place, text: string) => {
    writeFileSync(join(place.root, "change.txt"), text);
    await must(engine.create(place, false, io()));
  };
  const took = { small: [] as number[], large: [] as number[] };
  for (const name of ["small", "large"] as const) await sync(places[name], "first");
  for (let round = 0; round < times; round += 1)
    for (const name of ["small", "large"] as const)
      took[name].push(...(await timeEach(1, () => sync(places[name], `change ${round}`))));
  const [small, large] = [median(took.small), median(took.large)];
  const detail = `${small.toFixed(0)} ms with 1 MB, ${large.toFixed(0)} ms with 100 MB`;
  return {
    id: "SB2",
    what: "syncing one changed file, 100 MB over 1 MB",
    value: large / small,
    goal: 1.5,
    must: "at most",
    detail,
  };
}

/** Runs both measures, prints the table, answers how many goals were missed. */
export async function runSandboxBench(args: string[]): Promise<number> {
  const times = args.includes("--quick") ? 3 : 11;
  const directory = mkdtempSync(join(tmpdir(), "thor-bench-"));
  try {
    const { engine, provider } = await openEngine(directory);
    const small = await makeRepository(join(directory, "w", "small"), MIB);
    const large = await makeRepository(join(directory, "w", "large"), 100 * MIB);
    const measures = [await measureRun(engine, small, times), await measureSync(engine, { small, large }, times * 2)];
    await provider.close();
    process.stdout.write(`${renderReport(measures)}\n`);
    return missed(measures);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
