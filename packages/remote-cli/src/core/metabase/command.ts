/** metabase: what is there, questions in SQL, and saved questions; nothing is changed. */
import { command, lists, one, values } from "../grammar/rows.ts";
import type { CommandSpec, Validator } from "../grammar/spec.ts";
import { among, bad, int, matching, ok } from "../grammar/validate/text.ts";
import type { Tool } from "../grammar/words.ts";

const name = matching("name", /^[A-Za-z_][A-Za-z0-9_$]{0,62}$/);
const table = matching("schema.table", /^[A-Za-z_][A-Za-z0-9_$]{0,62}\.[A-Za-z_][A-Za-z0-9_$]{0,62}$/);
/** Judged by the gate of SQL. */
const sql: Validator = { name: "sql", check: (given) => (given.trim() === "" ? bad("the query is empty") : ok(given)) };
const parameter: Validator = {
  name: "name=value",
  check: (given) =>
    /^[A-Za-z_][A-Za-z0-9_]{0,60}=[^\p{Cc}]{0,2000}$/u.test(given) ? ok(given) : bad("this is not name=value"),
};

const FORMAT = values("--format", among("table csv json"));
const LIMIT = values("--limit", int(1, 2000));
const row = (match: string, rest: Partial<CommandSpec> = {}) =>
  command(match, { effect: "net-read", class: "metabase", ...rest, options: [...FORMAT, ...(rest.options ?? [])] });

export const METABASE: Tool = {
  name: "metabase",
  advise: () => undefined,
  table: [
    row("databases"),
    row("schemas"),
    row("tables", { options: values("--schema", name) }),
    row("columns", { positionals: [one("schema.table", table)] }),
    row("query", { options: LIMIT, positionals: [one("sql", sql)], stdin: "body" }),
    row("card", { options: [...LIMIT, ...lists("--param", parameter)], positionals: [one("id", int(1, 999_999_999))] }),
  ],
};
