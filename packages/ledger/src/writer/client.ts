/** The caller's side of the writer: bounded waiting, one answer per command, restarts after a death. */
import type { Log } from "@thor/kit/flow/log";
import type { z } from "zod";

import type { LedgerFault } from "../contract/outcome.ts";
import type { WriteName } from "./catalogue.ts";
import type { WriteDefinition } from "./context.ts";
import type { Report } from "./engine.ts";
import type { Host, StartHost } from "./host.ts";
import type { Changed, Command } from "./run-batch.ts";

const MAX_WAITING = 10_000;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
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
    input: z.input<Schema>,
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

interface Waiting {
  bytes: number;
  answer: (outcome: string) => void;
}

/** Starts a writer and hands it commands; commands of one turn of the event loop travel together. */
export function createWriterClient(deps: ClientDeps): WriterClient {
  const { log } = deps;
  const waiting = new Map<number, Waiting>();
  const stats: WriterStats = {
    commits: 0,
    commands: 0,
    waiting: 0,
    faults: 0,
    overloaded: 0,
    restarts: 0,
    lockWaitMs: 0,
    largestBatch: 0,
    commitMs: 0,
  };
  let outgoing: Command[] = [];
  let waitingBytes = 0;
  let nextId = 1;
  let isClosed = false;
  let deaths: number[] = [];

  const answer = (id: number, outcome: string) => {
    const command = waiting.get(id);
    if (command === undefined) return;
    waiting.delete(id);
    waitingBytes -= command.bytes;
    command.answer(outcome);
  };
  const failAll = (error: string) => {
    const outcome = JSON.stringify({ kind: "unavailable", error });
    for (const id of waiting.keys()) answer(id, outcome);
  };
  const report = (done: Report) => {
    stats.commits += done.committed ? 1 : 0;
    stats.commands += done.replies.length;
    stats.faults += done.faults.length;
    stats.lockWaitMs += done.lockWaitMs;
    stats.commitMs += done.tookMs;
    stats.largestBatch = Math.max(stats.largestBatch, done.replies.length);
    if (done.lockWaitMs > SLOW_LOCK_MS)
      log.warn({ event: "ledger_lock_wait", waitedMs: done.lockWaitMs }, "waited for the write lock");
    for (const { name, error } of done.faults)
      log.error({ event: "ledger_write_failed", write: name, error }, "a ledger write failed");
    if (done.changed.length > 0) deps.onChanged(done.changed);
    for (const { id, outcome } of done.replies) answer(id, outcome);
  };
  const died = (error: string) => {
    const now = deps.now();
    deaths = [...deaths.filter((at) => at > now - RESTART_WINDOW_MS), now];
    failAll("writer_died");
    log.error({ event: "ledger_worker_restarted", error, deaths: deaths.length }, "the ledger's writer died");
    if (deaths.length > MAX_RESTARTS) return deps.giveUp();
    stats.restarts += 1;
    host = deps.start({ report, died });
  };
  let host: Host = deps.start({ report, died });

  const flush = () => {
    const commands = outgoing;
    outgoing = [];
    if (commands.length > 0) host.take(commands);
  };
  const send = (name: WriteName, input: string, reply: (outcome: string) => void) => {
    const id = nextId;
    nextId += 1;
    waiting.set(id, { bytes: input.length, answer: reply });
    waitingBytes += input.length;
    if (outgoing.push({ id, name, input }) === 1) queueMicrotask(flush);
  };

  return {
    submit: <Schema extends z.ZodType, Outcome>(
      name: WriteName,
      write: WriteDefinition<Schema, Outcome>,
      input: z.input<Schema>,
    ) =>
      new Promise<Outcome | LedgerFault>((resolve) => {
        const text = JSON.stringify(write.input.parse(input));
        if (isClosed) return resolve({ kind: "unavailable", error: "closed" });
        if (waiting.size >= MAX_WAITING || waitingBytes + text.length > MAX_WAITING_BYTES) {
          stats.overloaded += 1;
          if (stats.overloaded % 1000 === 1)
            log.warn({ event: "ledger_overloaded", waiting: waiting.size }, "too many ledger writes wait");
          return resolve({ kind: "overloaded" });
        }
        send(name, text, (outcome) => resolve(JSON.parse(outcome)));
      }),
    stats: () => ({ ...stats, waiting: waiting.size }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      flush();
      await host.close();
      failAll("closed");
    },
  };
}
