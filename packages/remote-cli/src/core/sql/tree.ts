/** PostgreSQL's parse tree as plain data, and a walk through all of it. */

export type Tree = Readonly<Record<string, unknown>>;

export const isTree = (value: unknown): value is Tree =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Places in the text say nothing about the meaning. */
const isPlace = (key: string) =>
  /location$|^(stmt_len|list_start|list_end|rexpr_list_start|rexpr_list_end|version)$/.test(key);

/** A tree as two texts that mean the same have it alike: without places, built-in types by their short name. */
export function normalised(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normalised);
  if (!isTree(value)) return value;
  const kept = Object.entries(value).filter(([key]) => !isPlace(key));
  return Object.fromEntries(
    kept.map(([key, inner]) => [
      key,
      key === "names" && Array.isArray(inner) ? normalised(shortName(inner)) : normalised(inner),
    ]),
  );
}

const shortName = (names: readonly unknown[]) =>
  names.length === 2 && nameIn(names[0]) === "pg_catalog" ? names.slice(1) : names;

/** The text of a name's part. */
function nameIn(part: unknown): string | undefined {
  const name = isTree(part) && isTree(part["String"]) ? part["String"]["sval"] : undefined;
  return typeof name === "string" ? name : undefined;
}

/** The parts of a dotted name. */
export const namesIn = (parts: unknown): string[] =>
  Array.isArray(parts) ? parts.flatMap((part) => nameIn(part) ?? []) : [];

/** Calls `see` for every key of every node, parents first; the first answer ends the walk. */
export function walk<T>(value: unknown, see: (key: string, value: unknown) => T | undefined): T | undefined {
  if (Array.isArray(value)) {
    for (const inner of value) {
      const found = walk(inner, see);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!isTree(value)) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    const found = see(key, inner) ?? walk(inner, see);
    if (found !== undefined) return found;
  }
  return undefined;
}
