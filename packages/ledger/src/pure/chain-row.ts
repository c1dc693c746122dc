/** The canonical form of an audit row: what its hash covers. */
import { canonicalJson } from "@thor/kit/pure/canonical-json";

export const FIRST_PREV_HASH = "0".repeat(64);

type Cell = string | number | null;

/** UTF-8 JSON of all columns but `hash`, `mac` and `key_id`, keys sorted, strings and integers only. */
export function canonicalRow(row: Readonly<Record<string, Cell>>): string {
  const covered = Object.entries(row).filter(
    ([column, cell]) => cell !== null && column !== "hash" && column !== "mac" && column !== "key_id",
  );
  return canonicalJson(Object.fromEntries(covered));
}
