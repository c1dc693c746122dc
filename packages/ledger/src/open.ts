/** Opens the ledger: checks the place, brings the schema up to date, starts the writer. */
import { statSync } from "node:fs";
import type { DatabaseSync } from "node:sqlite";

import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import { systemClock } from "@thor/kit/system-clock";

import { createDb } from "./dialect.ts";
import { DEFAULT_LIMITS, type QueueLimits } from "./limits.ts";
import { migrate } from "./migrate.ts";
import { MIGRATIONS } from "./migrations/catalogue.ts";
import type { Ledger } from "./port.ts";
import { createReads } from "./reads/catalogue.ts";
import { createSnapshot } from "./reads/snapshot.ts";
import { DEFAULT_RETENTION, type Retention, retentionFault } from "./retention.ts";
import { fileSize, openDatabase, parseLedgerUrl, preparePlace } from "./settings.ts";
import { createSweep } from "./sweep.ts";
import { createWatch } from "./watch.ts";
import { createWriterClient } from "./writer/client.ts";
import { localHost, type StartHost, threadHost } from "./writer/host.ts";
import { createWriteVerbs } from "./writer/verbs.ts";

export interface OpenLedgerOptions {
  url: string;
  service: string;
  instance: string;
  secret: string;
  /** A clock of one's own runs the writer in this thread: for tests. */
  clock?: Clock | undefined;
  log?: Log | undefined;
  settings?: Partial<QueueLimits> | undefined;
  retention?: Partial<Retention> | undefined;
  allowClockSkew?: boolean | undefined;
  /** Another file for the writer's thread, e.g. of a bundle. */
  writerFile?: URL | undefined;
  /** Lets a test break the writer at named places; needs `clock`. */
  failpoint?: ((place: string) => void) | undefined;
  /** Commands per commit at most. */
  maxBatch?: number | undefined;
  /** Called when the writer died too often. */
  giveUp?: (() => void) | undefined;
}
export type OpenedLedger =
  | { kind: "opened"; ledger: Ledger }
  | { kind: "schema_newer"; db: number; code: number }
  | { kind: "migration_changed"; version: number }
  | { kind: "migration_failed"; version: number; error: string }
  | { kind: "unavailable"; error: string };

const MAX_SKEW_MS = 10 * 60_000;
const HOUR_MS = 3_600_000;
/** A ledger that is open has this schema: an older one was migrated, a newer one refused. */
const SCHEMA = MIGRATIONS.at(-1)?.version ?? 0;
const quiet = () => undefined;
const noLog: Log = { debug: quiet, info: quiet, warn: quiet, error: quiet };

/** Whether the newest stored time is so far ahead that this machine's clock must be wrong. */
function isClockBehind(database: DatabaseSync, now: number): boolean {
  const row = database
    .prepare(
      `select max(at) as at from (select max(at) as at from changes union all
       select at from audit where seq = (select max(seq) from audit))`,
    )
    .get();
  return Number(row?.["at"] ?? 0) > now + MAX_SKEW_MS;
}

function startOf(options: OpenLedgerOptions, path: string): StartHost {
  const engine = {
    path,
    secret: options.secret,
    limits: { ...DEFAULT_LIMITS, ...options.settings },
    maxBatch: options.maxBatch,
  };
  return options.clock === undefined
    ? threadHost(engine, options.writerFile)
    : localHost(engine, { clock: options.clock, failpoint: options.failpoint });
}

function assemble(options: OpenLedgerOptions, path: string, retention: Retention): Ledger {
  const { log = noLog, clock = systemClock, service, instance } = options;
  const database = openDatabase(path, "read");
  const reads = createReads(createDb(database));
  const { watch, fire, close: closeWatch } = createWatch(database);
  const snapshots = createSnapshot(path);
  const giveUp = options.giveUp ?? (() => process.exit(1));
  const writer = createWriterClient({ start: startOf(options, path), log, now: clock.now, onChanged: fire, giveUp });
  const verbs = createWriteVerbs(writer);
  const holder = `${service}/${instance}`;
  const sweep = createSweep({
    ...verbs,
    lastSweep: reads.lastSweep,
    holder,
    retention,
    now: clock.now,
    log,
  });
  const logHead = async () => {
    try {
      log.info({ event: "audit_head", ...(await reads.auditHead()) }, "audit chain");
    } catch (err) {
      log.error({ event: "audit_head_unreadable", err }, "the audit chain cannot be read");
    }
  };
  const hourly = setInterval(() => void logHead(), HOUR_MS).unref();
  let closing: Promise<void> | undefined;
  const close = async () => {
    clearInterval(hourly);
    await logHead();
    closeWatch();
    snapshots.close();
    database.close();
    await writer.close();
  };
  return {
    ...verbs,
    ...reads,
    watch,
    snapshot: snapshots.snapshot,
    sweep,
    probe: async () => {
      const answer = await verbs.probeWrite({ holder });
      return answer.kind === "probed" ? { kind: "ok", schema: SCHEMA, walBytes: fileSize(`${path}-wal`) } : answer;
    },
    writerStats: writer.stats,
    close: () => (closing ??= close()),
  };
}

/** Opens the one durable state of Thor for this process. */
export async function openLedger(options: OpenLedgerOptions): Promise<OpenedLedger> {
  const { url, service, instance, log = noLog, clock = systemClock } = options;
  const place = parseLedgerUrl(url);
  if (place.kind === "refused") return { kind: "unavailable", error: place.error };
  const retention = { ...DEFAULT_RETENTION, ...options.retention };
  const fault = retentionFault(retention);
  if (fault !== undefined) return { kind: "unavailable", error: fault };
  try {
    const ready = preparePlace(place.path);
    if (ready.kind === "refused") return { kind: "unavailable", error: ready.error };
    const migrated = await migrate({
      path: place.path,
      migrations: MIGRATIONS,
      holder: `${service}/${instance}`,
      now: clock.now,
    });
    if (migrated.kind !== "current") return migrated;
    if (migrated.applied.length > 0)
      log.info({ event: "ledger_migrated", versions: migrated.applied }, "migrated the ledger");
    const database = openDatabase(place.path, "read");
    const isBehind = options.allowClockSkew !== true && isClockBehind(database, clock.now());
    database.close();
    if (isBehind) return { kind: "unavailable", error: "clock_behind" };
    const ledger = assemble(options, place.path, retention);
    log.info({ event: "ledger_opened", bytes: statSync(place.path).size }, "opened the ledger");
    return { kind: "opened", ledger };
  } catch (err) {
    return { kind: "unavailable", error: err instanceof Error ? err.message : String(err) };
  }
}
