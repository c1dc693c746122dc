import { editDistance } from "@thor/kit/pure/edit-distance";

import type { CommandSpec } from "./spec.ts";

const MAX_SUGGESTIONS = 8;

/** How far a spelling is from a name; a name that was cut short is nearest of all. */
function distance(token: string, name: string): number {
  return token.length > 2 && name.startsWith(token) ? 0 : editDistance(token, name);
}

/** Up to eight allowed options, the likeliest first. */
export function nearestOptions(spec: CommandSpec, token: string): string[] {
  const names = spec.options.flatMap((option) => option.names).filter((name) => name.startsWith("-"));
  return names.toSorted((a, b) => distance(token, a) - distance(token, b)).slice(0, MAX_SUGGESTIONS);
}

/** The commands of a table whose first word is like `word`. */
export function nearestCommands(table: readonly CommandSpec[], word: string): string[] {
  const names = [...new Set(table.map(({ match }) => match[0] ?? ""))];
  return names.toSorted((a, b) => distance(word, a) - distance(word, b)).slice(0, MAX_SUGGESTIONS);
}
