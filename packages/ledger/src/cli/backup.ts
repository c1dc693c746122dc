/** Online copies that are proven before they count, and their way back. */
import { createHash } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { backup as copyOnline, DatabaseSync } from "node:sqlite";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import { z } from "zod";

import { checkDatabase, wrongCounters } from "../audit/check-database.ts";
import { openDatabase } from "../settings.ts";
import { type Command, type CommandEnv, operator, withLedger } from "./place.ts";

const Manifest = z.strictObject({
  instance: z.string(),
  schema: z.number(),
  takenAt: z.number(),
  auditSeq: z.number(),
  auditHash: z.string(),
  rows: z.record(z.string(), z.number()),
  sha256: z.string(),
});
type Manifest = z.infer<typeof Manifest>;

const LIVE_MS = 30_000;
const FENCE_JUMP = 1_000_000;

function sha256OfFile(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function manifestOf(database: DatabaseSync, path: string, takenAt: number): Manifest {
  const one = (query: string) => database.prepare(query).get() ?? {};
  const tables = database.prepare("select name from sqlite_master where type = 'table' order by name").all();
  const names = tables
    .map((row) => String(row["name"]))
    .filter((table) => /^[a-z_]+$/.test(table) && !table.startsWith("sqlite_"));
  const head = one("select seq, hash from chain_heads where chain = 'audit'");
  return {
    instance: String(one("select value from meta where key = 'instance'")["value"] ?? ""),
    schema: Number(one("select max(version) as version from schema_migrations")["version"]),
    takenAt,
    auditSeq: Number(head["seq"] ?? 0),
    auditHash: String(head["hash"] ?? ""),
    rows: Object.fromEntries(names.map((table) => [table, Number(one(`select count(*) as n from "${table}"`)["n"])])),
    sha256: sha256OfFile(path),
  };
}

function flush(path: string): void {
  const file = openSync(path, "r");
  fsyncSync(file);
  closeSync(file);
}

async function copyTo(env: CommandEnv, file: string): Promise<void> {
  const source = openDatabase(env.path, "read");
  try {
    await copyOnline(source, file, { rate: 2000 });
  } finally {
    source.close();
  }
  const copy = new DatabaseSync(file);
  copy.exec("pragma journal_mode = delete");
  copy.close();
}

/** `backup <file>`: copies while services write; exit 0 only for a copy that was verified. */
export const backup: Command = async (env, [file]) => {
  if (file === undefined) return usage(env, "backup <file>");
  if (existsSync(file)) {
    env.err(`${file} exists; a backup never overwrites`);
    return 1;
  }
  const temporary = `${file}.part`;
  rmSync(temporary, { force: true });
  await copyTo(env, temporary);
  const copy = new DatabaseSync(temporary, { readOnly: true });
  const findings = await checkDatabase(copy, { secret: env.secret, previous: env.previous, full: true });
  const manifest = manifestOf(copy, temporary, env.now());
  copy.close();
  if (findings.length > 0) {
    rmSync(temporary, { force: true });
    for (const { table, key, meaning } of findings) env.err(`${table} ${key}: ${meaning}`);
    return 1;
  }
  flush(temporary);
  await writeFileAtomic(`${file}.json`, `${JSON.stringify(manifest, undefined, 2)}\n`, 0o600);
  renameSync(temporary, file);
  env.out(JSON.stringify({ event: "ledger_backup_written", file, auditSeq: manifest.auditSeq }));
  return 0;
};

const usage = (env: CommandEnv, text: string) => {
  env.err(`usage: thor-ledger ${text}`);
  return 64;
};

function restoreFault(env: CommandEnv, file: string, isForced: boolean): string | undefined {
  if (!existsSync(file) || !existsSync(`${file}.json`)) return "the backup or its manifest is missing";
  const manifest = Manifest.safeParse(JSON.parse(readFileSync(`${file}.json`, "utf8")));
  if (!manifest.success) return "the manifest cannot be read";
  if (manifest.data.sha256 !== sha256OfFile(file)) return "the backup is not what its manifest says";
  return isForced || !hasLiveService(env) ? undefined : "a service is live; stop it, or say --force";
}

function hasLiveService(env: CommandEnv): boolean {
  if (!existsSync(env.path)) return false;
  const database = new DatabaseSync(env.path, { readOnly: true });
  try {
    const row = database.prepare("select max(seen_at) as at from service_status").get();
    return Number(row?.["at"] ?? 0) > env.now() - LIVE_MS;
  } finally {
    database.close();
  }
}

/** What a restored copy must not do by itself: no old event runs, no old message goes out, no lease holds. */
const QUIET = [
  `update lanes set fence = fence + ${FENCE_JUMP}, holder = null, held_at = null, held_until = null, dispatch_id = null, in_hand = 0, pending = 0, due_at = null, quiet_first_at = null, quiet_due_at = null, int_first_at = null, int_due_at = null, status = 'idle', failures = 0, first_failed_at = null, version = version + 1`,
  `update leases set fence = fence + ${FENCE_JUMP}, holder = null, expires_at = 0`,
  "update events set state = 'dead', reason = 'restored_backup', fence = null, version = version + 1 where state in ('ready', 'claimed')",
  "update outbox set state = 'held', fence = null, version = version + 1 where state in ('pending', 'claimed')",
  "update approvals set state = 'failed', side_effect = 'unknown', error = 'restored_backup', version = version + 1 where state = 'executing'",
  "delete from service_status",
] as const;

function quieten(path: string, now: number): void {
  const database = openDatabase(path, "write");
  database.exec("begin immediate");
  for (const statement of QUIET) database.exec(statement);
  database.prepare("update approvals set finished_at = ? where state = 'failed' and finished_at is null").run(now);
  database
    .prepare(
      "insert into meta (key, value) values ('restored_at', ?) on conflict (key) do update set value = excluded.value",
    )
    .run(String(now));
  for (const { name, real } of wrongCounters(database)) {
    database
      .prepare(
        "insert into counters (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
      )
      .run(name, real);
  }
  database.exec("commit");
  database.close();
}

/** `restore <file> [--force] [--queue=run] [--outbox=send]`: puts a verified backup in place, quiet until people say otherwise. */
export const restore: Command = async (env, args) => {
  const [file] = args.filter((arg) => !arg.startsWith("--"));
  if (file === undefined) return usage(env, "restore <file> [--force] [--queue=run] [--outbox=send]");
  const fault = restoreFault(env, file, args.includes("--force"));
  if (fault !== undefined) {
    env.err(fault);
    return 1;
  }
  const staged = `${env.path}.restoring`;
  for (const leftover of [staged, `${staged}-wal`, `${staged}-shm`]) rmSync(leftover, { force: true });
  await writeFileAtomic(staged, readFileSync(file), 0o600);
  quieten(staged, env.now());
  if (existsSync(env.path)) setAside(env.path, env.now());
  renameSync(staged, env.path);
  return withLedger(env, async (ledger) => {
    await ledger.appendAudit({
      service: "ledger",
      event: "ledger.restored",
      actorKind: "admin",
      actor: operator(),
      target: file,
      decision: "done",
    });
    if (args.includes("--queue=run")) await ledger.reviveRestored({ by: operator(), limit: 100_000 });
    if (args.includes("--outbox=send")) await ledger.releaseHeld({ by: operator(), reason: "restore --outbox=send" });
    env.out(JSON.stringify({ event: "ledger_restored", file }));
    return 0;
  });
};

/** Folds the present file's log into it and keeps it beside the new one. */
function setAside(path: string, now: number): void {
  const database = new DatabaseSync(path);
  database.exec("pragma wal_checkpoint(truncate)");
  database.close();
  for (const suffix of ["-wal", "-shm"]) rmSync(`${path}${suffix}`, { force: true });
  renameSync(path, `${path}.replaced-${now}`);
}
