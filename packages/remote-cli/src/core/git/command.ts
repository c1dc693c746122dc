/** From what the agent typed to a typed git command, an answer from the tables, or a refusal. */
import type { Denial } from "../denial.ts";
import { helpText } from "../grammar/help.ts";
import { findCommand, parseCommand } from "../grammar/parse.ts";
import type { Command, CommandSpec, Place } from "../grammar/spec.ts";
import { nearestCommands } from "../grammar/suggest.ts";
import { acceptedShape, unavailable } from "./guidance.ts";
import { READ_COMMANDS } from "./table/read.ts";
import { INTERNAL_COMMANDS, WRITE_COMMANDS } from "./table/write.ts";

export const GIT_COMMANDS: readonly CommandSpec[] = [...READ_COMMANDS, ...WRITE_COMMANDS];
const ALL_COMMANDS: readonly CommandSpec[] = [...INTERNAL_COMMANDS, ...GIT_COMMANDS];

export type GitWords =
  | { kind: "command"; spec: CommandSpec; argv: readonly string[]; chdir?: string }
  | { kind: "answer"; text: string }
  | ({ kind: "denied" } & Denial);

const deny = (rule: string, reason: string, instead?: string): GitWords => ({ kind: "denied", rule, reason, instead });

const LEADING = "only -C <absolute path> may stand before the command, once";

/** Takes `-C <path>` off the front; any other leading option is refused. */
function readLeading(args: readonly string[]): { chdir?: string; rest: readonly string[] } | undefined {
  const [first = ""] = args;
  if (!first.startsWith("-")) return { rest: args };
  const inline = first.startsWith("-C=") ? first.slice(3) : undefined;
  const chdir = inline ?? (first === "-C" ? args[1] : undefined);
  const rest = args.slice(inline === undefined ? 2 : 1);
  if (chdir === undefined || rest.length === 0 || rest[0]?.startsWith("-") === true) return undefined;
  return { chdir, rest };
}

const isHelpWord = (word: string | undefined) => word === "-h" || word === "--help";

function helpWords(args: readonly string[]): readonly string[] | undefined {
  if (args[0] === "help") return args.slice(1);
  if (args.length === 1 && isHelpWord(args[0])) return [];
  const last = args.at(-1);
  // `ls-remote -h` means --heads; everywhere else a last -h asks for help.
  const asks =
    args.length === 2 && (last === "--help" || (last === "-h" && args[0] !== "ls-remote" && args[0] !== "grep"));
  return asks || (args.length > 2 && last === "--help") ? args.slice(0, 1) : undefined;
}

/** Finds the row that the arguments mean. `isInternal` opens the rows of Thor's own services. */
export function readGitWords(args: readonly string[], isInternal: boolean): GitWords {
  const help = helpWords(args);
  if (help !== undefined) return { kind: "answer", text: helpText("git", GIT_COMMANDS, help) };
  if (args.length === 1 && args[0] === "--version") return readGitWords(["version"], isInternal);
  const leading = readLeading(args);
  if (leading === undefined) return deny("leading", LEADING, "git -C <absolute path> <command>");
  const { chdir, rest } = leading;
  const [word] = rest;
  if (word === undefined) return deny("command.missing", "no command is given", "git help");
  const table = isInternal ? ALL_COMMANDS : GIT_COMMANDS;
  const spec = findCommand(table, rest);
  if (spec === undefined) {
    const { reason, instead } = unavailable(word, nearestCommands(GIT_COMMANDS, rest));
    return deny("command.unknown", reason, acceptedShape(word) ?? instead);
  }
  return { kind: "command", spec, argv: rest.slice(spec.match.length), ...(chdir === undefined ? {} : { chdir }) };
}

/** Parses the words of a row in the place where the command will run. */
export function parseGit(
  words: Extract<GitWords, { kind: "command" }>,
  place: Place,
): { kind: "ok"; command: Command } | ({ kind: "denied" } & Denial) {
  const parsed = parseCommand(words.spec, words.argv, place);
  if (parsed.kind === "ok") return parsed;
  const { rule, reason } = parsed;
  return { kind: "denied", rule, reason, instead: acceptedShape(words.spec.guidance) };
}
