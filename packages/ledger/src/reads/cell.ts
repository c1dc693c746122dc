/** From columns to values: null means "not there". */
import type { Json } from "@thor/domain/json";

type Given<Cells> = { [Key in keyof Cells]?: Exclude<Cells[Key], null> };

/** The cells that hold something. */
export function given<Cells extends Record<string, unknown>>(cells: Cells): Given<Cells>;
export function given(cells: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(cells).filter(([, cell]) => cell !== null));
}

/** JSON that the ledger itself stored. */
export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}

/** JSON that may be absent. */
export const parseOptional = (text: string | null): Json | null => (text === null ? null : parseJson(text));
