/** The only place that writes: takes commands, commits them in groups, answers each. Runs in a thread of its own. */
import { randomBytes } from "node:crypto";

import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, sha256Hex } from "@thor/kit/derived-key";
import type { Clock } from "@thor/kit/flow/clock";
import { createIds } from "@thor/kit/ids";

import { createDb } from "../dialect.ts";
import type { QueueLimits } from "../limits.ts";
import { openDatabase } from "../settings.ts";
import { type BatchResult, type Command, type RunCommand, runBatch } from "./run-batch.ts";

export interface EngineOptions {
  path: string;
  secret: string;
  limits: QueueLimits;
  /** One command a commit: only a bench wants that. */
  maxBatch?: number | undefined;
}
export interface Engine {
  take: (commands: readonly Command[]) => void;
  /** Resolves when everything taken is answered and the database is closed. */
  close: () => Promise<void>;
}
export type Report = Pick<BatchResult, "replies" | "changed" | "faults" | "lockWaitMs" | "committed"> & {
  tookMs: number;
};

const MAX_BATCH = 256;
const MAX_BATCH_BYTES = 4 * 1024 * 1024;
const YIELD_MS = 0.2;
/** Cached pages are given back now and then: the file is mapped anyway, and a service has a memory limit to keep. */
const COMMITS_PER_SHRINK = 256;
/** In a crowd a writer stays away for twice the time it held the lock, so that the others come first. */
const CROWDED_SHARE = 2;
const MAX_YIELD_MS = 25;

const yieldMs = (heldMs: number, isCrowded: boolean) =>
  isCrowded ? Math.min(MAX_YIELD_MS, Math.max(YIELD_MS, heldMs * CROWDED_SHARE)) : YIELD_MS;

const sleeper = new Int32Array(new SharedArrayBuffer(4));
const sleep = (ms: number) => void Atomics.wait(sleeper, 0, 0, ms);
const nextTurn = () => new Promise<void>((resolve) => setImmediate(resolve));

/** The key of the audit chain with its public name. */
export function chainKey(secret: string): { key: Buffer; keyId: string } {
  const key = deriveKey(secret, THOR_KEY_SALT, "audit");
  return { key, keyId: sha256Hex(key).slice(0, 8) };
}

const POOL_BYTES = 4096;

/** Random bytes from a pool: asking the system for eight at a time costs more than the write that needs them. */
function createChance(): (bytes: number) => Uint8Array {
  let pool = randomBytes(POOL_BYTES);
  let used = 0;
  return (bytes) => {
    if (used + bytes > POOL_BYTES) {
      pool = randomBytes(POOL_BYTES);
      used = 0;
    }
    used += bytes;
    return pool.subarray(used - bytes, used);
  };
}

/** Writes that somebody outside waits for before he hears that Thor has his message. */
const ACKNOWLEDGED: ReadonlySet<string> = new Set(["admit", "recordIgnored", "recordClick"]);

/** The next commit: what is acknowledged comes first, everything else in the order it came. */
function takeBatch(queue: Command[], maxBatch: number): Command[] {
  queue.sort((a, b) => Number(ACKNOWLEDGED.has(b.name)) - Number(ACKNOWLEDGED.has(a.name)));
  let bytes = 0;
  let size = 0;
  for (const { input } of queue) {
    bytes += input.length;
    if (size > 0 && (size >= maxBatch || bytes > MAX_BATCH_BYTES)) break;
    size += 1;
  }
  return queue.splice(0, size);
}

export interface EngineDeps {
  clock: Clock;
  runner: (db: ReturnType<typeof createDb>) => RunCommand;
  report: (report: Report) => void;
  failpoint?: ((place: string) => void) | undefined;
}

/** Opens the write connection and serves commands until closed. */
export function createEngine(
  options: EngineOptions,
  { clock, runner, report, failpoint = () => undefined }: EngineDeps,
): Engine {
  const database = openDatabase(options.path, "write");
  database.exec("pragma busy_timeout = 0");
  const db = createDb(database);
  const fixed = {
    chance: clock.chance,
    newId: createIds(clock.now, createChance()),
    limits: options.limits,
    chain: chainKey(options.secret),
  };
  const deps = {
    database,
    db,
    savepoint: { begin: database.prepare("savepoint command"), release: database.prepare("release command") },
    run: runner(db),
    context: () => ({ ...fixed, now: clock.now() }),
    elapsed: () => performance.now(),
    sleep,
    failpoint,
  };
  const giveBackMemory = database.prepare("pragma shrink_memory");
  let queue: Command[] = [];
  let commits = 0;
  let running: Promise<void> | undefined;

  const drain = async () => {
    await nextTurn();
    while (queue.length > 0) {
      const startedAt = deps.elapsed();
      const batch = takeBatch(queue, options.maxBatch ?? MAX_BATCH);
      const { rest, ...result } = await runBatch(deps, batch);
      queue = [...rest, ...queue];
      const tookMs = deps.elapsed() - startedAt;
      commits += 1;
      if (commits % COMMITS_PER_SHRINK === 0) giveBackMemory.run();
      if (batch.some(({ name }) => name === "noteSwept")) database.exec("pragma wal_checkpoint(passive)");
      report({ ...result, tookMs });
      sleep(yieldMs(tookMs - result.lockWaitMs, result.lockWaitMs > YIELD_MS));
      await nextTurn();
    }
    running = undefined;
  };
  const start = () => {
    running ??= drain();
  };
  return {
    take: (commands) => {
      queue.push(...commands);
      start();
    },
    close: async () => {
      await running;
      database.close();
    },
  };
}
