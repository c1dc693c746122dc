/** Commands that only look. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";

import { checkDatabase, wrongCounters } from "../audit/check-database.ts";
import { verifyAudit } from "../audit/verify.ts";
import { createDb } from "../dialect.ts";
import { inspectSchema } from "../migrate.ts";
import { MIGRATIONS } from "../migrations/catalogue.ts";
import { createReads } from "../reads/catalogue.ts";
import { fileSize, openDatabase } from "../settings.ts";
import { type Command, withDatabase } from "./place.ts";

/** The value of a flag, as `--flag value` or `--flag=value`. */
export const valueOf = (args: string[], flag: string): string | undefined => {
  const at = args.findIndex((arg) => arg === flag || arg.startsWith(`${flag}=`));
  if (at === -1) return undefined;
  const [, inline] = (args[at] ?? "").split("=", 2);
  return inline ?? args[at + 1];
};
/** The same as a number. */
export const numberOf = (args: string[], flag: string) => {
  const text = valueOf(args, flag);
  return text === undefined ? undefined : Number(text);
};

function repairCounters(path: string): number {
  const database = openDatabase(path, "write");
  database.exec("begin immediate");
  const wrong = wrongCounters(database);
  const set = database.prepare(
    "insert into counters (name, value) values (?, ?) on conflict (name) do update set value = excluded.value",
  );
  for (const { name, real } of wrong) set.run(name, real);
  database.exec("commit");
  database.close();
  return wrong.length;
}

/** `verify [--full] [--repair-counters]`: 0 clean, 1 findings, 2 unreadable. */
export const verify: Command = async (env, args) => {
  if (!existsSync(env.path)) {
    env.err(`there is no database at ${env.path}`);
    return 2;
  }
  try {
    if (args.includes("--repair-counters")) env.out(`repaired ${repairCounters(env.path)} counters`);
    const full = args.includes("--full");
    const findings = await withDatabase(env.path, (database) =>
      checkDatabase(database, { secret: env.secret, previous: env.previous, full }),
    );
    for (const { table, key, meaning } of findings) env.out(`${table} ${key}: ${meaning}`);
    env.out(findings.length === 0 ? "clean" : `${findings.length} findings`);
    return findings.length === 0 ? 0 : 1;
  } catch (err) {
    env.err(`the database cannot be read: ${String(err)}`);
    return 2;
  }
};

/** `audit verify [--from n] [--to n] [--expect seq:hash]`: exit 1 at the first break, naming its seq. */
export const auditVerify: Command = async (env, args) => {
  const [seq, hash] = valueOf(args, "--expect")?.split(":") ?? [];
  const expect = seq === undefined || hash === undefined ? undefined : { seq: Number(seq), hash };
  const part = { from: numberOf(args, "--from"), to: numberOf(args, "--to"), expect };
  const verified = await withDatabase(env.path, (database) =>
    verifyAudit(createDb(database), { secret: env.secret, previous: env.previous, ...part }),
  );
  if (verified.kind === "intact") {
    env.out(`intact: ${verified.rows} rows, head ${verified.seq}:${verified.hash}`);
    return 0;
  }
  env.out(`broken at ${verified.seq}: ${verified.why}`);
  return 1;
};

function newestBackup(path: string): number | undefined {
  const directory = join(dirname(path), "backup");
  if (!existsSync(directory)) return undefined;
  const times = readdirSync(directory)
    .filter((file) => file.endsWith(".db"))
    .map((file) => statSync(join(directory, file)).mtimeMs);
  return times.length === 0 ? undefined : Math.max(...times);
}

/** `stats [--json]`: counts, sizes, the oldest due lane, the last backup. */
export const stats: Command = async (env, args) => {
  const queue = await withDatabase(env.path, (database) => createReads(createDb(database)).queueStats());
  const facts = {
    ...queue,
    dbBytes: fileSize(env.path),
    walBytes: fileSize(`${env.path}-wal`),
    lastBackupAt: newestBackup(env.path),
  };
  if (args.includes("--json")) env.out(JSON.stringify(facts));
  else for (const [fact, value] of Object.entries(facts)) env.out(`${fact}: ${JSON.stringify(value)}`);
  return 0;
};

/** `migrate --check`: 0 fits, 1 would migrate, 78 must not be opened by this code. */
export const migrateCheck: Command = (env) => {
  const standing = inspectSchema(env.path, MIGRATIONS);
  env.out(
    JSON.stringify(
      standing.kind === "behind" ? { kind: "behind", at: standing.at, pending: standing.pending.length } : standing,
    ),
  );
  const codes = { current: 0, behind: 1, schema_newer: 78, migration_changed: 78 } as const;
  return Promise.resolve(codes[standing.kind]);
};

const OF_ANCHOR = [
  "aliases",
  "sessions",
  "events",
  "triggers",
  "session_parts",
  "approvals",
  "cards",
  "outbox",
  "audit",
] as const;

/** `export --anchor <id>`: everything that is known of one conversation, as JSON lines. */
export const exportAnchor: Command = (env, args) => {
  const anchorId = valueOf(args, "--anchor");
  if (anchorId === undefined) {
    env.err("usage: thor-ledger export --anchor <id>");
    return Promise.resolve(64);
  }
  return withDatabase(env.path, (database) => {
    const anchor = database.prepare("select * from anchors where id = ?").get(anchorId);
    if (anchor === undefined) return Promise.resolve(1);
    env.out(JSON.stringify({ table: "anchors", ...anchor }));
    for (const table of OF_ANCHOR) {
      for (const row of database.prepare(`select * from ${table} where anchor_id = ?`).iterate(anchorId))
        env.out(JSON.stringify({ table, ...row }));
    }
    return Promise.resolve(0);
  });
};
