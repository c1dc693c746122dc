/** psql: which database, and whether every statement only looks. */
import { bundleFor, type Variables } from "../../core/credentials.ts";
import type { Denial } from "../../core/denial.ts";
import { valuesOf, type Command } from "../../core/grammar/spec.ts";
import { readWords } from "../../core/grammar/words.ts";
import { PSQL, PSQL_SETTINGS, psqlArgv } from "../../core/psql/command.ts";
import { findDatabase, type Database } from "../../core/psql/databases.ts";
import { readingStatements, type SqlDeps } from "../sql-text.ts";
import { createToolDecide, type Settling } from "./decide.ts";
import type { RunTool } from "./run-tool.ts";

export interface PsqlDeps {
  variables: Variables;
  sql: SqlDeps;
  run: RunTool;
}
const denied = (rule: string, reason: string): { kind: "denied" } & Denial => ({ kind: "denied", rule, reason });

const environmentOf = ({ host, port, database, username, password, sslmode }: Database) => ({
  PGHOST: host,
  PGPORT: String(port),
  PGDATABASE: database,
  PGUSER: username,
  PGPASSWORD: password,
  PGSSLMODE: sslmode,
  PGOPTIONS: PSQL_SETTINGS,
  PGPASSFILE: "/dev/null",
  PGSERVICEFILE: "/dev/null",
  SHELL: "/bin/false",
});

function databaseFor(variables: Variables, alias: string, profile: string | undefined) {
  const bundle = bundleFor(variables, ["PSQL_DATABASES"], profile);
  if (bundle.kind !== "bundle") return denied("psql.unconfigured", "no databases are configured (PSQL_DATABASES)");
  const found = findDatabase(bundle.values["PSQL_DATABASES"] ?? "", alias);
  if (found.kind === "malformed")
    return denied("psql.malformed", `PSQL_DATABASES is malformed at ${found.field}; ask an operator`);
  return found.kind === "unknown"
    ? denied("psql.alias", `there is no database "${alias}"; known are: ${found.aliases.join(", ")}`)
    : found;
}

async function settle(
  { variables, sql, run }: PsqlDeps,
  command: Command,
  profile: string | undefined,
): Promise<Settling> {
  const [alias = ""] = command.positionals;
  const found = databaseFor(variables, alias, profile);
  if (found.kind === "denied") return found;
  const statements: string[] = [];
  for (const text of valuesOf(command, "--command")) {
    const gated = await readingStatements(sql, text);
    if (gated.kind === "denied") return gated;
    statements.push(...gated.texts);
  }
  const logged = [alias, ...(await Promise.all(statements.map(sql.fingerprint)))];
  const argv = psqlArgv(command, statements);
  const env = environmentOf(found.database);
  const plan = { bin: "psql", argv, env, timeClass: command.spec.class };
  return { kind: "settled", argv, logged, object: alias, execute: (signal, sink) => run(plan, { signal, sink }) };
}

/** The psql tool. */
export const createPsqlDecide = (deps: PsqlDeps) =>
  createToolDecide({
    tool: PSQL,
    readWords: (args) =>
      args.length === 0
        ? { kind: "denied", rule: "positional.count", reason: "<alias> is missing" }
        : readWords(PSQL, args),
    settle: (command, { caller }) => settle(deps, command, caller.kind === "session" ? caller.profile : undefined),
  });
