/** Saved questions: their SQL with every parameter as a literal, or the tables that the query builder reads. */
import { z } from "zod";

const Tag = z.looseObject({ name: z.string(), type: z.string(), default: z.unknown().optional() });
const Native = z.looseObject({ query: z.string(), "template-tags": z.record(z.string(), Tag).default({}) });
export const Card = z.looseObject({
  id: z.number(),
  database_id: z.number(),
  dataset_query: z.looseObject({
    type: z.string(),
    native: Native.optional(),
    query: z.record(z.string(), z.unknown()).optional(),
  }),
});
export type Card = z.infer<typeof Card>;

type Bound = { kind: "sql"; sql: string } | { kind: "fault"; reason: string };
const fault = (reason: string): Bound => ({ kind: "fault", reason });

const literal = (text: string) => `'${text.replaceAll("'", "''")}'`;
const TAG = /\{\{\s*([^{}]*?)\s*\}\}/g;

function literalOf(tag: z.infer<typeof Tag>, value: string): string | undefined {
  switch (tag.type) {
    case "text":
      return value.includes("\\") ? undefined : literal(value);
    case "number":
      return /^-?\d{1,18}(\.\d{1,18})?$/.test(value) ? value : undefined;
    case "date":
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? literal(value) : undefined;
    default:
      return undefined;
  }
}

type Tags = z.infer<typeof Native>["template-tags"];

/** The literal of one parameter, or why there is none. */
function parameterOf(
  name: string,
  tags: Tags,
  given: ReadonlyMap<string, string>,
): { literal: string } | { reason: string } {
  const tag = Object.hasOwn(tags, name) ? tags[name] : undefined;
  if (tag === undefined) return { reason: `"${name}" is a snippet or another card` };
  const { default: fallback, type } = tag;
  const usual = typeof fallback === "string" || typeof fallback === "number" ? String(fallback) : undefined;
  const value = given.get(name) ?? usual;
  if (value === undefined) return { reason: `the parameter "${name}" is needed: --param ${name}=…` };
  const bound = literalOf(tag, value);
  return bound === undefined ? { reason: `the parameter "${name}" cannot be bound as ${type}` } : { literal: bound };
}

/** The SQL of a card with its parameters bound; snippets, other cards, field filters and optional clauses are refused. */
export function bindCard(
  { query, "template-tags": tags }: z.infer<typeof Native>,
  given: ReadonlyMap<string, string>,
): Bound {
  if (query.includes("[[")) return fault("optional clauses are not available");
  const strange = [...given.keys()].find((name) => !Object.hasOwn(tags, name));
  if (strange !== undefined) return fault(`the card has no parameter "${strange}"`);
  const reasons: string[] = [];
  const sql = query.replaceAll(TAG, (_, name: string) => {
    const parameter = parameterOf(name, tags, given);
    if ("literal" in parameter) return parameter.literal;
    reasons.push(parameter.reason);
    return "";
  });
  const [reason] = reasons;
  return reason === undefined ? { kind: "sql", sql } : fault(reason);
}

export interface Sources {
  tables: number[];
  cards: number[];
}

/** Everything that a builder's query reads: its sources and those of its joins, at any depth. */
export function sourcesOf(query: unknown): Sources {
  const found: Sources = { tables: [], cards: [] };
  const see = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(see);
    else if (typeof value === "object" && value !== null)
      for (const [key, inner] of Object.entries(value)) {
        // SQL inside a builder's query is nothing that the gate saw.
        if (key === "native") found.cards.push(Number.NaN);
        else if (key !== "source-table") see(inner);
        else if (typeof inner === "number") found.tables.push(inner);
        else found.cards.push(Number(/^card__(\d+)$/.exec(String(inner))?.[1] ?? Number.NaN));
      }
  };
  see(query);
  return found;
}
