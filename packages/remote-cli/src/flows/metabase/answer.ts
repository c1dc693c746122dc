/** Asks Metabase what was decided and writes its answer. */
import type { Outcome, Sink } from "../../core/call.ts";
import { exited } from "../../core/child-outcome.ts";
import { valuesOf, type Command } from "../../core/grammar/spec.ts";
import type { MetabaseSettings } from "../../core/metabase/settings.ts";
import { writeSheet, type Sheet } from "../../core/metabase/table.ts";
import type { DatasetQuery, MetabaseApi } from "./api.ts";

interface Asked {
  api: MetabaseApi;
  settings: MetabaseSettings;
  command: Command;
  query: DatasetQuery | undefined;
}
type Answered = { kind: "sheet"; sheet: Sheet; note?: string } | { kind: "failed"; reason: string };

const UNANSWERED: Answered = { kind: "failed", reason: "metabase does not answer, or does not know it" };
const shown = (sheet: Sheet | undefined): Answered => (sheet === undefined ? UNANSWERED : { kind: "sheet", sheet });

async function schemas({ api, settings }: Asked): Promise<Answered> {
  const all = await api.schemas();
  return shown(
    all && { columns: ["schema"], rows: all.filter((name) => settings.schemas.includes(name)).map((name) => [name]) },
  );
}

async function tables({ api, settings, command }: Asked): Promise<Answered> {
  const wanted = valuesOf(command, "--schema");
  const names = wanted.length > 0 ? wanted : settings.schemas;
  const lists = await Promise.all(names.map((name) => api.tables(name)));
  if (lists.includes(undefined)) return UNANSWERED;
  const rows = names.flatMap((schema, at) => (lists[at] ?? []).map(({ name }) => [schema, name]));
  return { kind: "sheet", sheet: { columns: ["schema", "table"], rows } };
}

async function columns({ api, command }: Asked): Promise<Answered> {
  const [schema = "", name = ""] = (command.positionals[0] ?? "").split(".");
  const found = (await api.tables(schema))?.find((table) => table.name === name);
  return found === undefined ? UNANSWERED : shown(await api.columns(found.id));
}

async function dataset({ api, command }: Asked, query: DatasetQuery, signal: AbortSignal): Promise<Answered> {
  const answer = await api.dataset(query, signal);
  if (answer.kind === "failed") return answer;
  const limit = Number(valuesOf(command, "--limit")[0] ?? 100);
  const { columns: names, rows: all } = answer.sheet;
  const isCut = all.length > limit;
  const sheet = { columns: names, rows: all.slice(0, limit) };
  return { kind: "sheet", sheet, ...(isCut ? { note: `[thor] more than ${limit} rows; the rest is not shown` } : {}) };
}

function ask(asked: Asked, signal: AbortSignal): Promise<Answered> {
  if (asked.query !== undefined) return dataset(asked, asked.query, signal);
  switch (asked.command.spec.id) {
    case "schemas":
      return schemas(asked);
    case "tables":
      return tables(asked);
    case "columns":
      return columns(asked);
    default:
      return asked.api.database().then(shown);
  }
}

/** Runs the decided question; nothing is started on this machine. */
export const createAnswer =
  (asked: Asked) =>
  async (signal: AbortSignal, sink: Sink): Promise<Outcome> => {
    const answered = await ask(asked, signal);
    if (answered.kind === "failed") {
      sink("stderr", `metabase: ${answered.reason}\n`);
      return exited(signal.aborted ? 130 : 1, signal.aborted ? "cancelled" : "exit");
    }
    sink("stdout", writeSheet(answered.sheet, valuesOf(asked.command, "--format")[0] ?? "table"));
    if (answered.note !== undefined) sink("stderr", `${answered.note}\n`);
    return exited(0);
  };
