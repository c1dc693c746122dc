/** Brings a database to the schema of this code: looks first, backs up, then one transaction per migration. */
import { mkdirSync, existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { backup, DatabaseSync } from "node:sqlite";

import { createIds } from "@thor/kit/ids";

import { checksumOf, type Migration } from "./migrations/catalogue.ts";
import { openDatabase } from "./settings.ts";

export type Migrated =
  | { kind: "current"; applied: number[]; backupFile?: string | undefined }
  | { kind: "schema_newer"; db: number; code: number }
  | { kind: "migration_changed"; version: number }
  | { kind: "migration_failed"; version: number; error: string };

export interface MigrateOptions {
  path: string;
  migrations: readonly Migration[];
  holder: string;
  now: () => number;
}

const WAIT_MS = 60_000;
const POLL_MS = 100;
const LEASE_MS = 120_000;

type Standing = { kind: "behind"; at: number; pending: Migration[] } | Exclude<Migrated, { kind: "migration_failed" }>;

const hasTable = (database: DatabaseSync, table: string) =>
  database.prepare("select 1 from sqlite_master where type = 'table' and name = ?").get(table) !== undefined;

function appliedOf(database: DatabaseSync): Map<number, string> {
  if (!hasTable(database, "schema_migrations")) return new Map();
  const rows = database.prepare("select version, checksum from schema_migrations order by version").all();
  return new Map(rows.map((row) => [Number(row["version"]), String(row["checksum"])]));
}

function standingOf(database: DatabaseSync, migrations: readonly Migration[]): Standing {
  const applied = appliedOf(database);
  const code = Math.max(0, ...migrations.map(({ version }) => version));
  const at = Math.max(0, ...applied.keys());
  if (at > code) return { kind: "schema_newer", db: at, code };
  const changed = migrations.find((one) => applied.has(one.version) && applied.get(one.version) !== checksumOf(one));
  if (changed !== undefined) return { kind: "migration_changed", version: changed.version };
  const pending = migrations.filter(({ version }) => !applied.has(version));
  return pending.length === 0 ? { kind: "current", applied: [] } : { kind: "behind", at, pending };
}

/** Says whether a database fits this code, without touching a byte of it. */
export function inspectSchema(path: string, migrations: readonly Migration[]): Standing {
  if (!existsSync(path)) return { kind: "behind", at: 0, pending: [...migrations] };
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    database.exec("pragma busy_timeout = 5000");
    return standingOf(database, migrations);
  } finally {
    database.close();
  }
}

function inTransaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("begin immediate");
  try {
    const result = work();
    database.exec("commit");
    return result;
  } catch (err) {
    if (database.isTransaction) database.exec("rollback");
    throw err;
  }
}

const SCHEMA_TABLE = `create table if not exists schema_migrations (version bigint primary key, name text not null,
  checksum text not null, applied_at bigint not null, took_ms bigint not null)`;

function applyOne(database: DatabaseSync, migration: Migration, now: () => number): void {
  inTransaction(database, () => {
    database.exec(SCHEMA_TABLE);
    if (appliedOf(database).has(migration.version)) return;
    const startedAt = now();
    for (const statement of migration.statements) database.exec(statement);
    database
      .prepare("insert into schema_migrations (version, name, checksum, applied_at, took_ms) values (?, ?, ?, ?, ?)")
      .run(migration.version, migration.name, checksumOf(migration), startedAt, now() - startedAt);
  });
}

function takeLease(database: DatabaseSync, { holder, now }: MigrateOptions): boolean {
  const at = now();
  const { changes } = inTransaction(database, () =>
    database
      .prepare(
        `insert into leases (name, holder, fence, acquired_at, expires_at) values ('migrate', ?, 1, ?, ?)
         on conflict (name) do update set holder = excluded.holder, fence = leases.fence + 1,
         acquired_at = excluded.acquired_at, expires_at = excluded.expires_at where leases.expires_at <= ?`,
      )
      .run(holder, at, at + LEASE_MS, at),
  );
  return changes === 1;
}

const freeLease = (database: DatabaseSync, holder: string) =>
  database.prepare("update leases set holder = null, expires_at = 0 where name = 'migrate' and holder = ?").run(holder);

async function backUp(database: DatabaseSync, path: string, step: string): Promise<string> {
  const directory = join(dirname(path), "backup");
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, `pre-${step}.db`);
  await backup(database, file);
  const copy = new DatabaseSync(file);
  try {
    const [seen] = Object.values(copy.prepare("pragma quick_check").get() ?? {});
    if (seen !== "ok") throw new Error(`the backup ${file} is damaged: ${String(seen)}`);
  } finally {
    copy.close();
  }
  return file;
}

/** A database has a name of its own, so that backups can be told apart. */
function nameInstance(database: DatabaseSync, { now }: MigrateOptions): void {
  const name = "insert into meta (key, value) values ('instance', ?) on conflict do nothing";
  if (hasTable(database, "meta")) database.prepare(name).run(createIds(now)());
}

async function applyAll(
  database: DatabaseSync,
  options: MigrateOptions,
  behind: { at: number; pending: Migration[] },
): Promise<Migrated> {
  const last = behind.pending.at(-1)?.version ?? behind.at;
  let version = behind.at;
  try {
    const step = `${behind.at}-${last}-${options.now()}`;
    const backupFile = behind.at === 0 ? undefined : await backUp(database, options.path, step);
    for (const migration of behind.pending) {
      version = migration.version;
      applyOne(database, migration, options.now);
    }
    if (behind.at === 0) nameInstance(database, options);
    return { kind: "current", applied: behind.pending.map((one) => one.version), backupFile };
  } catch (err) {
    return { kind: "migration_failed", version, error: String(err) };
  }
}

async function migrateMine(database: DatabaseSync, options: MigrateOptions): Promise<Migrated> {
  try {
    const standing = standingOf(database, options.migrations);
    return standing.kind === "behind" ? await applyAll(database, options, standing) : standing;
  } finally {
    if (hasTable(database, "leases")) freeLease(database, options.holder);
  }
}

async function underLease(database: DatabaseSync, options: MigrateOptions): Promise<Migrated> {
  for (let waitedMs = 0; ; waitedMs += POLL_MS) {
    const standing = standingOf(database, options.migrations);
    if (standing.kind !== "behind") return standing;
    if (standing.at === 0 || takeLease(database, options)) return migrateMine(database, options);
    if (waitedMs >= WAIT_MS) return { kind: "migration_failed", version: standing.at, error: "migrate_lease_timeout" };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Migrates if needed; of many processes that start together one does it, the others wait for it. */
export async function migrate(options: MigrateOptions): Promise<Migrated> {
  const standing = inspectSchema(options.path, options.migrations);
  if (standing.kind !== "behind") return standing;
  const database = openDatabase(options.path, "write");
  try {
    return await underLease(database, options);
  } finally {
    database.close();
  }
}
