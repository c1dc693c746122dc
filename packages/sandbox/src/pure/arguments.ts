/** `sandbox [options] <cmd> [args…]` and its sub-commands, read strictly: a word that looks like an option is never a command. */

const SUB_COMMANDS = ["create", "list", "status", "pull", "reset", "stop", "delete"] as const;
type SubCommand = (typeof SUB_COMMANDS)[number];
const FLAGS = new Map<string, SubCommand>(
  (["create", "list", "stop"] as const).map((name) => [`--${name}`, name] as const),
);

type PullMode = "success" | "always" | "never";
export interface Exec {
  kind: "exec";
  words: readonly string[];
  pull: PullMode;
  timeoutMs: number | undefined;
  /** Ignored files go, too, before anything runs. */
  isFresh: boolean;
}
export type SandboxCommand = Exec | { kind: SubCommand } | { kind: "help" } | { kind: "refused"; text: string };

export const USAGE = `usage: sandbox [options] <command> [arguments]      syncs the worktree, runs, brings changes back
       sandbox exec [options] -- <command> [arguments]
       sandbox create | list | status | pull | reset | stop | delete

options: --timeout <duration>            how long it may run, such as 90s, 30m or 2h
         --pull success|always|never     when changes come back (default: success)
         --fresh                         ignored files such as installed packages go first
`;

const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const refused = (text: string): SandboxCommand => ({ kind: "refused", text });

function durationOf(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,6})(ms|s|m|h)$/.exec(text) ?? [];
  const ms = Number(amount) * (UNITS[unit ?? ""] ?? 0);
  return ms > 0 ? ms : undefined;
}

interface Options {
  timeoutMs?: number;
  pull?: PullMode;
  isFresh?: true;
}
type Option = { kind: "option"; value: Options; used: number } | { kind: "none" } | { kind: "bad"; text: string };

function timeoutOption(text: string, used: number): Option {
  const timeoutMs = durationOf(text);
  return timeoutMs === undefined
    ? { kind: "bad", text: `--timeout needs a duration such as 30m` }
    : { kind: "option", value: { timeoutMs }, used };
}

function pullOption(text: string, used: number): Option {
  return text === "success" || text === "always" || text === "never"
    ? { kind: "option", value: { pull: text }, used }
    : { kind: "bad", text: "--pull needs success, always or never" };
}

function optionAt(words: readonly string[]): Option {
  const [word = ""] = words;
  if (!word.startsWith("-") || word === "--") return { kind: "none" };
  const [name = "", attached] = word.split(/=(.*)/s);
  if (word === "--fresh") return { kind: "option", value: { isFresh: true }, used: 1 };
  const [text, used] = attached === undefined ? [words[1] ?? "", 2] : [attached, 1];
  if (name === "--timeout") return timeoutOption(text, used);
  return name === "--pull" ? pullOption(text, used) : { kind: "bad", text: `unknown option ${word}` };
}

/** A shell is given exactly one text; git does not run where there are no remotes. */
function wordsFault([first = "", flag, ...rest]: readonly string[]): string | undefined {
  if (first === "") return "a command is missing";
  if (first === "git") return "git does not run in the sandbox: run it directly";
  if (first !== "sh" && first !== "bash") return undefined;
  return (flag === "-c" || flag === "-lc") && rest.length === 1
    ? undefined
    : `${first} runs only as: ${first} -lc <text>`;
}

function readExec(given: readonly string[], needsDashes: boolean): SandboxCommand {
  const options: Options = {};
  let words = given;
  for (;;) {
    const option = optionAt(words);
    if (option.kind === "bad") return refused(option.text);
    if (option.kind === "none") break;
    const again = Object.keys(option.value).find((name) => name in options);
    if (again !== undefined) return refused(`${words[0] ?? ""} is given twice`);
    Object.assign(options, option.value);
    words = words.slice(option.used);
  }
  if (needsDashes) {
    if (words[0] !== "--") return refused("sandbox exec needs -- in front of the command");
    words = words.slice(1);
  } else if (words[0] === "--") return refused("-- belongs to: sandbox exec -- <command>");
  const fault = wordsFault(words);
  if (fault !== undefined) return refused(fault);
  const { pull = "success", timeoutMs, isFresh = false } = options;
  return { kind: "exec", words, pull, timeoutMs, isFresh };
}

/** The first word decides. */
export function parseArguments(args: readonly string[]): SandboxCommand {
  const [first, ...rest] = args;
  if (first === undefined || first === "help" || first === "--help" || first === "-h") return { kind: "help" };
  if (first === "exec") return readExec(rest, true);
  const named = FLAGS.get(first) ?? SUB_COMMANDS.find((name) => name === first);
  if (named === undefined) return readExec(args, false);
  return rest.length === 0 ? { kind: named } : refused(`sandbox ${named} takes no arguments`);
}
