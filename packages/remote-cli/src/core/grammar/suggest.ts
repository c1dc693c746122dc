import { editDistance } from "@thor/kit/pure/edit-distance";

import type { CommandSpec } from "./spec.ts";

const MAX_SUGGESTIONS = 8;

/** No name is longer, and comparing takes as long as both are. */
const MAX_COMPARED = 40;

/** How far a spelling is from a name; a name that was cut short is nearest of all. */
function distance(spelling: string, name: string): number {
  const token = spelling.slice(0, MAX_COMPARED);
  return token.length > 2 && name.startsWith(token) ? 0 : editDistance(token, name);
}

/** Up to eight allowed options, the likeliest first. */
export function nearestOptions(spec: CommandSpec, token: string): string[] {
  const names = spec.options.flatMap((option) => option.names).filter((name) => name.startsWith("-"));
  return names.toSorted((a, b) => distance(token, a) - distance(token, b)).slice(0, MAX_SUGGESTIONS);
}

/** The commands of a table that begin like `args`: with its first word when there is one such, else the likest first words. */
export function nearestCommands(table: readonly CommandSpec[], args: readonly string[]): string[] {
  const [word = ""] = args;
  const namesakes = table.filter(({ match }) => match[0] === word && match.length > 1);
  const all =
    namesakes.length > 0 ? namesakes.map(({ match }) => match.join(" ")) : table.map(({ match }) => match[0] ?? "");
  const asked = namesakes.length > 0 ? args.slice(0, 2).join(" ") : word;
  return [...new Set(all)].toSorted((a, b) => distance(asked, a) - distance(asked, b)).slice(0, MAX_SUGGESTIONS);
}
