/** The caller's side of the writer: bounded waiting, one answer per command, restarts after a death. */
import type { Log } from "@thor/kit/flow/log";
import type { z } from "zod";

import { ProofInput } from "../contract/evidence.ts";
import type { LedgerFault, Proof } from "../contract/outcome.ts";
import type { WriteName } from "./catalogue.ts";
import type { WriteDefinition } from "./context.ts";
import type { Report } from "./engine.ts";
import type { Host, StartHost } from "./host.ts";
import type { Changed, Command } from "./run-batch.ts";
import { createWaitingRoom } from "./waiting-room.ts";

const MAX_RESTARTS = 3;
const RESTART_WINDOW_MS = 60_000;
const SLOW_LOCK_MS = 250;

/** What the writer has done so far, for metrics and benches. */
export interface WriterStats {
  commits: number;
  commands: number;
  waiting: number;
  faults: number;
  overloaded: number;
  restarts: number;
  lockWaitMs: number;
  largestBatch: number;
  commitMs: number;
}
export interface WriterClient {
  submit: <Schema extends z.ZodType, Outcome>(
    name: WriteName,
    write: WriteDefinition<Schema, Outcome>,
    given: { input: z.input<Schema>; proof?: Proof | undefined },
  ) => Promise<Outcome | LedgerFault>;
  stats: () => WriterStats;
  close: () => Promise<void>;
}
export interface ClientDeps {
  start: StartHost;
  log: Log;
  now: () => number;
  /** Called once per commit that changed something, before its writers hear of it. */
  onChanged: (changed: readonly Changed[]) => void;
  /** The writer died too often; the process must not go on without it. */
  giveUp: () => void;
}

const newStats = (): WriterStats => ({
  commits: 0,
  commands: 0,
  waiting: 0,
  faults: 0,
  overloaded: 0,
  restarts: 0,
  lockWaitMs: 0,
  largestBatch: 0,
  commitMs: 0,
});

function addReport(stats: WriterStats, done: Report): void {
  stats.commits += done.committed ? 1 : 0;
  stats.commands += done.replies.length;
  stats.faults += done.faults.length;
  stats.lockWaitMs += done.lockWaitMs;
  stats.commitMs += done.tookMs;
  stats.largestBatch = Math.max(stats.largestBatch, done.replies.length);
}

function logReport(log: Log, { lockWaitMs, faults }: Report): void {
  if (lockWaitMs > SLOW_LOCK_MS) log.warn({ event: "ledger_lock_wait", waitedMs: lockWaitMs }, "waited for the lock");
  for (const { name, error } of faults) {
    log.error({ event: "ledger_write_failed", write: name, error }, "a ledger write failed");
  }
}

const unavailable = (error: string) => JSON.stringify({ kind: "unavailable", error });

/** Keeps a writer running: starts it again after a death, but not for ever. */
function createKeeper(
  { start, log, now, giveUp }: ClientDeps,
  events: { report: (done: Report) => void; died: () => void },
) {
  let deaths: number[] = [];
  const died = (error: string) => {
    const at = now();
    deaths = [...deaths.filter((earlier) => earlier > at - RESTART_WINDOW_MS), at];
    events.died();
    log.error({ event: "ledger_worker_restarted", error, deaths: deaths.length }, "the ledger's writer died");
    if (deaths.length > MAX_RESTARTS) giveUp();
    else host = start({ report: events.report, died });
  };
  let host: Host = start({ report: events.report, died });
  return { take: (commands: Command[]) => host.take(commands), close: () => host.close() };
}

/** Starts a writer and hands it commands; commands of one turn of the event loop travel together. */
export function createWriterClient(deps: ClientDeps): WriterClient {
  const { log } = deps;
  const room = createWaitingRoom();
  const stats = newStats();
  let outgoing: Command[] = [];
  let isClosed = false;

  const report = (done: Report) => {
    addReport(stats, done);
    logReport(log, done);
    if (done.changed.length > 0) deps.onChanged(done.changed);
    for (const { id, outcome } of done.replies) room.answer(id, outcome);
  };
  const died = () => {
    stats.restarts += 1;
    room.answerAll(unavailable("writer_died"));
  };
  const writer = createKeeper(deps, { report, died });
  const flush = () => {
    const commands = outgoing;
    outgoing = [];
    if (commands.length > 0) writer.take(commands);
  };
  const isOverloaded = () => {
    stats.overloaded += 1;
    if (stats.overloaded % 1000 === 1) log.warn({ event: "ledger_overloaded", waiting: room.size() }, "too much waits");
  };

  return {
    submit: <Schema extends z.ZodType, Outcome>(
      name: WriteName,
      write: WriteDefinition<Schema, Outcome>,
      given: { input: z.input<Schema>; proof?: Proof | undefined },
    ) =>
      new Promise<Outcome | LedgerFault>((resolve) => {
        const input = JSON.stringify(write.input.parse(given.input));
        const proof = given.proof && ProofInput.parse(given.proof);
        if (isClosed) return resolve({ kind: "unavailable", error: "closed" });
        const id = room.enter(input.length, (outcome) => resolve(JSON.parse(outcome)));
        if (id === undefined) {
          isOverloaded();
          return resolve({ kind: "overloaded" });
        }
        if (outgoing.push({ id, name, input, proof }) === 1) queueMicrotask(flush);
      }),
    stats: () => ({ ...stats, waiting: room.size() }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      flush();
      await writer.close();
      room.answerAll(unavailable("closed"));
    },
  };
}
