/** A short name for a tool call, as people know it: `git push` rather than `bash`. */
import type { ToolPart } from "../opencode/project.ts";

const TWO_WORDS = new Set(
  "approval corepack docker gh git ldcli mcp metabase npm npx pnpm pnpx sandbox scoutqa aws psql pip3 ruff".split(" "),
);
const ONE_WORD = new Set(
  "awk cat cp curl cut date diff echo find grep head jq ls memory mkdir mv node perl printf pwd python3 rg rm sed slack-post-message sleep sort stat tail tee test touch tr uniq wc xargs".split(
    " ",
  ),
);
const WRAPPERS = new Set(["sudo", "env", "time", "nice", "nohup", "command", "exec"]);
const ASSIGNMENT = /^[A-Za-z_][A-Za-z0-9_]*=/;

function bareWords(command: string): string[] {
  const unchained = command.trim().replace(/^cd\s+\S+\s*&&\s*/, "");
  const words = unchained.split(/\s+/);
  const start = words.findIndex((word) => !ASSIGNMENT.test(word) && !WRAPPERS.has(word));
  return start === -1 ? [] : words.slice(start);
}

/** Flags with a value that may stand before the sub-command. */
const isOption = (word: string) => word.startsWith("-");

function subCommand(words: readonly string[]): string | undefined {
  const rest = words.slice(1);
  const at = rest.findIndex((word, index) => !isOption(word) && rest[index - 1] !== "-C");
  return rest[at];
}

export function toolName({ tool, state }: Pick<ToolPart, "tool" | "state">): string {
  if (tool !== "bash") return tool;
  const command = state.input?.["command"];
  const words = typeof command === "string" ? bareWords(command) : [];
  const [first = ""] = words;
  if (TWO_WORDS.has(first)) return [first, subCommand(words)].filter((word) => word !== undefined).join(" ");
  return ONE_WORD.has(first) ? first : "bash";
}
