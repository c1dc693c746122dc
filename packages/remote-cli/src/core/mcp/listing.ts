/** What `mcp` lists, and what it says about a name that is not there. */
import { editDistance } from "@thor/kit/pure/edit-distance";

/** One text for all that a conversation may not have, so that it does not learn what others have. */
export const NOT_HERE = "Integration not available in this thread context";

const MAX_NAMES = 40;
const MAX_SUGGESTIONS = 3;

export interface VisibleTool {
  name: string;
  needsApproval: boolean;
}

/** One name a line; approve tools say so after a tab. */
export function toolList(tools: readonly VisibleTool[], search: string | undefined): string {
  const wanted = search?.toLowerCase() ?? "";
  const shown = tools.filter(({ name }) => name.toLowerCase().includes(wanted));
  return shown.map(({ name, needsApproval }) => `${name}${needsApproval ? "\tneeds approval" : ""}\n`).join("");
}

const nearness = (word: string, name: string) => editDistance(word.toLowerCase().slice(0, 100), name.toLowerCase());

/** A name that cannot be used: hidden and unknown ones read alike, and only visible ones are suggested. */
export function unknownName(what: string, word: string, visible: readonly string[]): string {
  const near = visible
    .map((name) => ({ name, far: nearness(word, name) }))
    .filter(({ name, far }) => far <= Math.max(2, name.length / 2))
    .toSorted((a, b) => a.far - b.far)
    .slice(0, MAX_SUGGESTIONS);
  const suggestion = near.length === 0 ? [] : [`Did you mean: ${near.map(({ name }) => name).join(", ")}?`];
  const more = visible.length > MAX_NAMES ? [`… and ${visible.length - MAX_NAMES} more`] : [];
  const names = visible.length === 0 ? ["none is available"] : visible.slice(0, MAX_NAMES);
  return [`No such ${what}. Names are exact.`, ...suggestion, `Available:`, ...names, ...more, ""].join("\n");
}
