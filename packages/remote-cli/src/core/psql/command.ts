/** psql: one database by its alias, statements that only look, and how the answer is printed. */
import { renderCommand } from "../grammar/render.ts";
import { command, flags, lists, omitted, one, values } from "../grammar/rows.ts";
import type { Command, Validator } from "../grammar/spec.ts";
import { hasOption } from "../grammar/spec.ts";
import { bad, matching, ok, text } from "../grammar/validate/text.ts";
import type { Tool } from "../grammar/words.ts";

const PRINTING =
  /^(format|border|null|fieldsep|recordsep|tuples_only|footer|title|expanded|numericlocale|linestyle|columns)(=[^\p{Cc}]{0,100})?$/u;
const printing: Validator = {
  name: "key=value",
  check: (given) =>
    PRINTING.test(given)
      ? ok(given)
      : bad(
          "only format, border, null, fieldsep, recordsep, tuples_only, footer, title, expanded, numericlocale, linestyle and columns are settings",
        ),
};
/** Judged by the gate of SQL. */
const statement: Validator = {
  name: "sql",
  check: (given) => (given.trim() === "" ? bad("the statement is empty") : ok(given)),
};

export const PSQL: Tool = {
  name: "psql",
  advise: () => undefined,
  table: [
    command("", {
      id: "psql",
      effect: "net-read",
      class: "psql",
      options: [
        ...flags(`--list|-l --no-align|-A --tuples-only|-t --expanded|-x --csv --field-separator-zero|-z
          --record-separator-zero|-0 --no-readline|-n`),
        ...omitted(flags("--quiet|-q --no-psqlrc|-X")),
        ...omitted(
          lists("--set|-v|--variable", matching("name=value", /^[A-Za-z_][A-Za-z0-9_]{0,60}(=[^\p{Cc}]{0,200})?$/u)),
        ),
        ...values("--field-separator|-F --record-separator|-R", text(20)),
        ...lists("--pset|-P", printing),
        ...omitted(lists("--command|-c", statement)),
      ],
      positionals: [one("alias", matching("alias", /^[A-Za-z0-9_-]+$/))],
      rules: [{ kind: "conflict", of: ["--list", "--command"] }],
    }),
  ],
};

const SESSION = ["-X", "-w", "-q", "-v", "ON_ERROR_STOP=1"];

/** The words that run: the alias is gone, and all statements stand in one transaction that can only read. */
export function psqlArgv(given: Command, statements: readonly string[]): string[] {
  const display = renderCommand({ ...given, positionals: [] });
  const run = ["begin transaction read only", ...statements, "rollback"].flatMap((sql) => ["-c", sql]);
  return [...SESSION, ...display, ...(hasOption(given, "--list") || statements.length === 0 ? [] : run)];
}

/** What every session of psql is held to by the server. */
export const PSQL_SETTINGS = "-c default_transaction_read_only=on -c statement_timeout=60000 -c lock_timeout=5000";
