/** One commit: everything that waits runs in its own savepoint inside one transaction. */
import type { DatabaseSync, StatementSync } from "node:sqlite";

import type { Db } from "../schema.ts";
import { lineOf, moveHead, type ProvenAct, writeAudit } from "../writes/append-audit.ts";
import { findRow, insertRow, patchRow } from "../writes/row.ts";
import type { WriteContext } from "./context.ts";

export interface Command {
  id: number;
  name: string;
  /** Checked input as JSON. */
  input: string;
  /** Evidence to be written with it. */
  proof?: ProvenAct | undefined;
}
interface Reply {
  id: number;
  /** The outcome as JSON. */
  outcome: string;
}
export interface Changed {
  topic: string;
  key: string;
}
export interface BatchResult {
  replies: Reply[];
  /** Commands that did not fit into this commit any more; they come first in the next one. */
  rest: Command[];
  changed: Changed[];
  faults: { name: string; error: string }[];
  lockWaitMs: number;
  committed: boolean;
}
/** Runs one named write inside the open transaction. */
export type RunCommand = (command: Command, context: WriteContext) => Promise<unknown>;
export interface BatchDeps {
  database: DatabaseSync;
  db: Db;
  savepoint: { begin: StatementSync; release: StatementSync };
  run: RunCommand;
  /** Everything of a context that one commit does not collect itself. */
  context: () => Omit<WriteContext, "changed" | "count">;
  /** Milliseconds of a clock that never goes back. */
  elapsed: () => number;
  sleep: (ms: number) => void;
  /** Named places where tests let a process die or a commit fail. */
  failpoint: (place: string) => void;
}

/** Short of what would be bearable: whoever waits for an acknowledgement waits for the commit in hand, and for his own. */
const MAX_HANDLER_MS = 4;
const LOCK_WAIT_MS = 5000;
const MIN_SLEEP_MS = 0.3;
const MAX_SLEEP_MS = 1.5;
/** Who has waited this long looks more often than a newcomer. */
const PATIENT_MS = 4;

const unavailable = (error: string) => JSON.stringify({ kind: "unavailable", error });
const messageOf = (err: unknown) => (err instanceof Error ? err.message : String(err));
const isBusy = (err: unknown) => /database is locked|SQLITE_BUSY/.test(messageOf(err));

/** Begins as soon as nobody else writes: short random sleeps, because SQLite's own back-off can starve a writer. */
function begin({
  database,
  elapsed,
  sleep,
  context,
}: BatchDeps): { kind: "begun"; waitedMs: number } | { kind: "refused"; error: string } {
  const startedAt = elapsed();
  const { chance } = context();
  for (;;) {
    try {
      database.exec("begin immediate");
      return { kind: "begun", waitedMs: elapsed() - startedAt };
    } catch (err) {
      if (!isBusy(err)) return { kind: "refused", error: messageOf(err) };
      if (elapsed() - startedAt >= LOCK_WAIT_MS) return { kind: "refused", error: "lock_timeout" };
      const longestMs = elapsed() - startedAt < PATIENT_MS ? MAX_SLEEP_MS : MIN_SLEEP_MS * 2;
      sleep(MIN_SLEEP_MS + chance() * (longestMs - MIN_SLEEP_MS));
    }
  }
}

/** What the commands of one commit leave behind besides their rows. */
interface Collected {
  changed: Map<string, Changed>;
  counts: Map<string, number>;
}
const newCollected = (): Collected => ({ changed: new Map(), counts: new Map() });

function merge(into: Collected, from: Collected): void {
  for (const [id, change] of from.changed) into.changed.set(id, change);
  for (const [counter, delta] of from.counts) into.counts.set(counter, (into.counts.get(counter) ?? 0) + delta);
}

async function runOne(
  deps: BatchDeps,
  command: Command,
  collected: Collected,
): Promise<{ outcome: string; fault?: string }> {
  const { database, savepoint } = deps;
  const own = newCollected();
  const context: WriteContext = {
    ...deps.context(),
    changed: (topic, key) => void own.changed.set(`${topic}\n${key}`, { topic, key }),
    count: (counter, delta) => void own.counts.set(counter, (own.counts.get(counter) ?? 0) + delta),
  };
  savepoint.begin.run();
  try {
    deps.failpoint(`during:${command.name}`);
    const outcome = await deps.run(command, context);
    if (command.proof !== undefined) await writeAudit(deps.db, context, lineOf(command.proof, outcome));
    savepoint.release.run();
    merge(collected, own);
    return { outcome: JSON.stringify(outcome) };
  } catch (err) {
    if (database.isTransaction) database.exec("rollback to command; release command");
    return { outcome: unavailable(messageOf(err)), fault: messageOf(err) };
  }
}

async function writeCounters(db: Db, counts: ReadonlyMap<string, number>): Promise<void> {
  for (const [name, delta] of counts) {
    if (delta === 0) continue;
    const counter = await findRow(db, "counters", { name });
    const value = (counter?.value ?? 0) + delta;
    if (counter === undefined) await insertRow(db, "counters", { row: { name, value } });
    else await patchRow(db, "counters", { key: { name }, set: { value } });
  }
}

async function writeChanges(db: Db, changed: ReadonlyMap<string, Changed>, now: number): Promise<void> {
  if (changed.size === 0) return;
  let seq = (await findRow(db, "chain_heads", { chain: "changes" }))?.seq ?? 0;
  for (const { topic, key } of changed.values()) {
    seq += 1;
    await insertRow(db, "changes", { row: { seq, topic, key, at: now } });
  }
  await moveHead(db, "changes", { seq, hash: "" });
}

async function commit(deps: BatchDeps, collected: Collected): Promise<string | undefined> {
  const { database, db } = deps;
  try {
    await writeCounters(db, collected.counts);
    await writeChanges(db, collected.changed, deps.context().now);
    deps.failpoint("before_commit");
    database.exec("commit");
    return undefined;
  } catch (err) {
    if (database.isTransaction) database.exec("rollback");
    return messageOf(err);
  }
}

const failAll = (commands: readonly Command[], error: string) =>
  commands.map(({ id }) => ({ id, outcome: unavailable(error) }));

/** Runs as many commands as fit into one commit; a failed one is rolled back alone, a failed commit fails them all. */
export async function runBatch(deps: BatchDeps, commands: readonly Command[]): Promise<BatchResult> {
  const begun = begin(deps);
  const none = { rest: [], changed: [], committed: false };
  if (begun.kind === "refused") {
    const faults = [{ name: "begin", error: begun.error }];
    return { ...none, replies: failAll(commands, begun.error), faults, lockWaitMs: LOCK_WAIT_MS };
  }
  const lockWaitMs = begun.waitedMs;
  const startedAt = deps.elapsed();
  const collected = newCollected();
  const replies: Reply[] = [];
  const faults: BatchResult["faults"] = [];
  let done = 0;
  for (const command of commands) {
    if (done > 0 && deps.elapsed() - startedAt >= MAX_HANDLER_MS) break;
    const { outcome, fault } = await runOne(deps, command, collected);
    done += 1;
    replies.push({ id: command.id, outcome });
    if (fault !== undefined) faults.push({ name: command.name, error: fault });
    if (!deps.database.isTransaction) break;
  }
  const taken = commands.slice(0, done);
  const rest = commands.slice(done);
  const lostTx = deps.database.isTransaction ? undefined : (faults.at(-1)?.error ?? "transaction lost");
  const error = lostTx ?? (await commit(deps, collected));
  if (error !== undefined) {
    return {
      ...none,
      rest,
      replies: failAll(taken, error),
      faults: [...faults, { name: "commit", error }],
      lockWaitMs,
    };
  }
  deps.failpoint("after_commit");
  return { replies, rest, changed: [...collected.changed.values()], faults, lockWaitMs, committed: true };
}
