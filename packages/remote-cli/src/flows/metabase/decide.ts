/** metabase: answered by the service over REST; every query is judged before it is asked. */
import type { Variables } from "../../core/credentials.ts";
import type { Denial } from "../../core/denial.ts";
import { valuesOf, type Command } from "../../core/grammar/spec.ts";
import { bindCard, sourcesOf, type Card } from "../../core/metabase/card.ts";
import { METABASE } from "../../core/metabase/command.ts";
import { metabaseFor, type MetabaseSettings } from "../../core/metabase/settings.ts";
import { gateQuery } from "../../core/sql/schema-gate.ts";
import { printTree, sqlDenied, type SqlDeps } from "../sql-text.ts";
import { createToolDecide, type Settling } from "../tool/decide.ts";
import { createAnswer } from "./answer.ts";
import type { DatasetQuery, MetabaseApi } from "./api.ts";

export interface MetabaseDeps {
  variables: Variables;
  isProduction: boolean;
  sql: SqlDeps;
  apiFor: (settings: MetabaseSettings) => MetabaseApi;
}
interface Given {
  deps: MetabaseDeps;
  settings: MetabaseSettings;
  api: MetabaseApi;
  command: Command;
}
type Query = { kind: "query"; query: DatasetQuery; shown: string; logged: string } | ({ kind: "denied" } & Denial);

const DIALECTS = new Set(["postgres", "redshift"]);
const DEFAULT_ROWS = 100;
const MAX_DEPTH = 5;
const denied = (rule: string, reason: string): { kind: "denied" } & Denial => ({ kind: "denied", rule, reason });

const rowLimit = (command: Command) => Number(valuesOf(command, "--limit")[0] ?? DEFAULT_ROWS);

/** One more row than shown is asked for, to know whether there are more. */
async function gatedSql({ deps, settings, api, command }: Given, text: string): Promise<Query> {
  const engine = await api.engine();
  if (engine === undefined) return denied("metabase.unreachable", "metabase does not answer");
  if (!DIALECTS.has(engine))
    return denied("metabase.engine", `SQL is available for postgres and redshift, not for ${engine}`);
  const parsed = await deps.sql.parse(text);
  if (parsed.kind === "fault") return sqlDenied(`PostgreSQL cannot read it: ${parsed.reason}`);
  const gated = gateQuery(parsed.statements, { schemas: settings.schemas, maxRows: rowLimit(command) + 1 });
  if (gated.kind === "fault") return sqlDenied(gated.reason);
  const query = await printTree(deps.sql, gated.statement);
  if (typeof query !== "string") return query;
  return {
    kind: "query",
    query: { database: settings.databaseId, type: "native", native: { query } },
    shown: query,
    logged: await deps.sql.fingerprint(query),
  };
}

/** Why a builder's query would read what it may not: every table at any depth must lie in an allowed schema. */
async function sourceFault({ settings, api }: Given, query: unknown): Promise<string | undefined> {
  let left: unknown[] = [query];
  for (let depth = 0; depth < MAX_DEPTH && left.length > 0; depth += 1) {
    const sources = left.map(sourcesOf);
    for (const id of sources.flatMap(({ tables }) => tables)) {
      const table = await api.table(id);
      const isAllowed = table?.databaseId === settings.databaseId && settings.schemas.includes(table.schema);
      if (!isAllowed) return "it reads a table outside the allowed schemas";
    }
    const ids = sources.flatMap((found) => found.cards);
    const cards = ids.some(Number.isNaN) ? [undefined] : await Promise.all(ids.map((id) => api.card(id)));
    if (cards.some((card) => card?.dataset_query.query === undefined || card.database_id !== settings.databaseId))
      return "it is built on something that cannot be judged";
    left = cards.flatMap((card) => (card?.dataset_query.query === undefined ? [] : [card.dataset_query.query]));
  }
  return left.length === 0 ? undefined : "it is built on cards too deep";
}

function parametersOf(command: Command): ReadonlyMap<string, string> {
  return new Map(
    valuesOf(command, "--param").map((text): [string, string] => {
      const at = text.indexOf("=");
      return [text.slice(0, at), text.slice(at + 1)];
    }),
  );
}

async function cardQuery(given: Given, card: Card | undefined): Promise<Query> {
  const { settings, command } = given;
  if (card?.database_id !== settings.databaseId)
    return denied("metabase.card", "there is no such card of this database");
  const { type, native, query } = card.dataset_query;
  if (type === "native" && native !== undefined) {
    const bound = bindCard(native, parametersOf(command));
    return bound.kind === "fault" ? denied("metabase.card", bound.reason) : gatedSql(given, bound.sql);
  }
  if (type !== "query" || query === undefined) return denied("metabase.card", "this kind of card is not known");
  if (valuesOf(command, "--param").length > 0)
    return denied("metabase.card", "a card of the query builder takes no parameters");
  const fault = await sourceFault(given, query);
  if (fault !== undefined) return denied("metabase.card", fault);
  const limit =
    typeof query["limit"] === "number" ? Math.min(query["limit"], rowLimit(command) + 1) : rowLimit(command) + 1;
  const built: DatasetQuery = { database: settings.databaseId, type: "query", query: { ...query, limit } };
  const shown = String(card.id);
  return { kind: "query", query: built, shown, logged: shown };
}

function schemaFault({ schemas }: MetabaseSettings, command: Command): (Denial & { kind: "denied" }) | undefined {
  const asked =
    valuesOf(command, "--schema")[0] ??
    (command.spec.id === "columns" ? command.positionals[0]?.split(".")[0] : undefined);
  return asked === undefined || schemas.includes(asked)
    ? undefined
    : denied("metabase.schema", `the schema "${asked}" is not one of: ${schemas.join(", ")}`);
}

async function settle(
  deps: MetabaseDeps,
  command: Command,
  given: { profile: string | undefined; stdin: string },
): Promise<Settling> {
  const found = metabaseFor(deps.variables, given.profile, deps.isProduction);
  if (found.kind === "unavailable") return denied("tool.unconfigured", found.reason);
  const { settings } = found;
  const fault = schemaFault(settings, command);
  if (fault !== undefined) return fault;
  const api = deps.apiFor(settings);
  const all: Given = { deps, settings, api, command };
  const { id } = command.spec;
  const [first = ""] = command.positionals;
  const query =
    id === "query"
      ? await gatedSql(all, first === "-" ? given.stdin : first)
      : id === "card"
        ? await cardQuery(all, await api.card(Number(first)))
        : undefined;
  if (query?.kind === "denied") return query;
  const options = command.options.flatMap(({ name, value = "" }) => [name, value]);
  const argv = [id, ...(query === undefined ? command.positionals : [query.shown]), ...options];
  const logged = query === undefined ? argv : [id, query.logged];
  return { kind: "settled", argv, logged, execute: createAnswer({ api, settings, command, query: query?.query }) };
}

/** The metabase tool. */
export const createMetabaseDecide = (deps: MetabaseDeps) =>
  createToolDecide({
    tool: METABASE,
    settle: (command, { caller, stdin = "" }) =>
      settle(deps, command, { profile: caller.kind === "session" ? caller.profile : undefined, stdin }),
  });
