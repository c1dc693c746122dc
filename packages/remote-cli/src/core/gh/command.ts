/** From what was typed to a typed command of gh, an answer from the tables, or a refusal. */
import type { Denial } from "../denial.ts";
import { parseCommand } from "../grammar/parse.ts";
import type { Command, Place } from "../grammar/spec.ts";
import { readWords, type Tool, type Words } from "../grammar/words.ts";
import { acceptedGhShape, adviseGh } from "./guidance.ts";
import { GH_INTERNAL_COMMANDS } from "./table/internal.ts";
import { READ_COMMANDS } from "./table/read.ts";
import { WRITE_COMMANDS } from "./table/write.ts";

export const GH: Tool = { name: "gh", table: [...READ_COMMANDS, ...WRITE_COMMANDS], advise: adviseGh };

/** Finds the row that the arguments mean; Thor's own services have rows of their own. */
export const readGhWords = (args: readonly string[], isInternal: boolean): Words =>
  readWords(GH, args, isInternal ? GH_INTERNAL_COMMANDS : GH.table);

/** Parses the words of a row in the place where the command will run. */
export function parseGh(
  words: Extract<Words, { kind: "command" }>,
  place: Place,
): { kind: "ok"; command: Command } | ({ kind: "denied" } & Denial) {
  const parsed = parseCommand(words.spec, words.argv, place);
  if (parsed.kind === "ok") return parsed;
  const { rule, reason } = parsed;
  return { kind: "denied", rule, reason, instead: acceptedGhShape(words.spec.match, reason) };
}
