/** Commands as data: what a tool accepts, row by row. The engine beside this file knows grammar and no tool. */

/** Where a path in a command is resolved: both absolute and already verified. */
export interface Place {
  root: string;
  cwd: string;
}

export type Checked = { kind: "ok"; value: string } | { kind: "bad"; reason: string };

/** A named promise about one value; `name` is what help shows. */
export interface Validator {
  name: string;
  check: (text: string, place: Place) => Checked;
}

export interface OptionSpec {
  /** Exact spellings; the first is the canonical one. */
  names: readonly string[];
  arity: "flag" | "value" | "optional";
  repeat: "once" | "list" | "count";
  value?: Validator;
  /** What the option means when no value follows it; it is then rendered with this one. */
  fallback?: string;
  /** The tool's `-<n>` shorthand stands for this option. */
  isNumeric?: boolean;
  /** `omit`: consumed here and never rendered. `ordered`: rendered after all others, in the order given. */
  emit: "inline" | "separate" | "omit" | "ordered";
}

export interface PositionalSpec {
  name: string;
  validator: Validator;
  min: number;
  max: number;
  /** Rendered after `--`. It may be given on either side of the separator unless another list claims it first. */
  isPath?: boolean;
}

export type Rule =
  | { kind: "conflict"; of: readonly string[] }
  | { kind: "exactlyOne"; of: readonly string[] }
  | { kind: "requires"; of: readonly [option: string, needed: string] };

type FactName = "origin" | "nested" | "linked" | "protected" | "alias" | "message" | "target";
export type TimeoutClass =
  | "local"
  | "network"
  | "clone"
  | "gh"
  | "watch"
  | "download"
  | "psql"
  | "aws"
  | "ldcli"
  | "scoutqa"
  | "metabase";

export type Shaped = { kind: "ok"; command: Command } | { kind: "bad"; reason: string };

export interface CommandSpec {
  id: string;
  match: readonly string[];
  /** This row is meant only when one of these words stands in argv. */
  when?: readonly string[];
  /** `ask`: only after a person's yes. */
  tier: "allow" | "ask";
  effect: "read" | "write" | "net-read" | "net-write";
  options: readonly OptionSpec[];
  positionals: readonly PositionalSpec[];
  separator: "none" | "optional" | "required";
  /** Whether the tool itself takes a `--` before its paths. */
  isSeparatorRendered: boolean;
  rules: readonly Rule[];
  /** A rule about the whole command that a row cannot say; it may also normalise. */
  shape?: (command: Command, place: Place) => Shaped;
  /** Safety options that every rendering carries. */
  fixed: readonly string[];
  /** Whether `--end-of-options` stands before the positionals. */
  eoo: boolean;
  facts: readonly FactName[];
  /** Where it may run: `worktree` excludes main clones, `roots` includes the folders of all repositories. */
  where: "repo" | "worktree" | "roots";
  lock: "none" | "index" | "refs";
  stdin: "none" | "message" | "body";
  class: TimeoutClass;
  guidance: string;
}

export interface GivenOption {
  /** The canonical name. */
  name: string;
  value?: string;
  /** Position in argv: the count of positionals that came before it. */
  after: number;
}

export interface Command {
  spec: CommandSpec;
  options: readonly GivenOption[];
  positionals: readonly string[];
  /** What is rendered after `--`. */
  paths: readonly string[];
  isSeparated: boolean;
}

export const hasOption = (command: Command, name: string) => command.options.some((option) => option.name === name);
export const valuesOf = (command: Command, name: string) =>
  command.options.flatMap((option) => (option.name === name && option.value !== undefined ? [option.value] : []));
