/** Short forms for writing tables: `a|b` are the spellings of one option, the first is canonical. */
import type { CommandSpec, OptionSpec, PositionalSpec, Validator } from "./spec.ts";

const words = (text: string) => text.split(/\s+/).filter((word) => word !== "");
const row =
  (rest: Omit<OptionSpec, "names">) =>
  (spelling: string): OptionSpec => ({ names: spelling.split("|"), ...rest });

/** Options that take nothing. */
export const flags = (text: string) => words(text).map(row({ arity: "flag", repeat: "once", emit: "inline" }));

/** Options with a value, each at most once. */
export const values = (text: string, value: Validator) =>
  words(text).map(row({ arity: "value", repeat: "once", value, emit: "inline" }));

/** Options with a value that may come again. */
export const lists = (text: string, value: Validator) =>
  words(text).map(row({ arity: "value", repeat: "list", value, emit: "inline" }));

/** Options whose value may be left out and is only ever attached. */
export const optionals = (text: string, value: Validator) =>
  words(text).map(row({ arity: "optional", repeat: "once", value, emit: "inline" }));

/** The value of these comes as an argument of its own. */
export const separate = (options: readonly OptionSpec[]) =>
  options.map((option): OptionSpec => ({ ...option, emit: "separate" }));

/** Accepted, acted upon by the service or implied by a fixed option, and not rendered. */
export const omitted = (options: readonly OptionSpec[]) =>
  options.map((option): OptionSpec => ({ ...option, emit: "omit" }));

/** Options whose order among each other means something. */
export const ordered = (options: readonly OptionSpec[]) =>
  options.map((option): OptionSpec => ({ ...option, repeat: "list", emit: "ordered" }));

export const counted = (options: readonly OptionSpec[]) =>
  options.map((option): OptionSpec => ({ ...option, repeat: "count" }));

/** The value may be left out and then means `fallback`. */
export const defaulting = (options: readonly OptionSpec[], fallback: string) =>
  options.map((option): OptionSpec => ({ ...option, fallback }));

/** The `-<n>` shorthand stands for this one. */
export const numeric = (options: readonly OptionSpec[]) =>
  options.map((option): OptionSpec => ({ ...option, isNumeric: true }));

const MANY = 256;

export const one = (name: string, validator: Validator): PositionalSpec => ({ name, validator, min: 1, max: 1 });
export const maybe = (name: string, validator: Validator): PositionalSpec => ({ name, validator, min: 0, max: 1 });
export const any = (name: string, validator: Validator): PositionalSpec => ({ name, validator, min: 0, max: MANY });
export const some = (name: string, validator: Validator, max = MANY): PositionalSpec => ({
  name,
  validator,
  min: 1,
  max,
});
/** The list that stands after `--` in the canonical form. */
export const afterDashes = (spec: PositionalSpec): PositionalSpec => ({ ...spec, isPath: true });

const PLAIN = {
  tier: "allow",
  effect: "read",
  options: [],
  positionals: [],
  separator: "none",
  isSeparatorRendered: true,
  rules: [],
  fixed: [],
  eoo: false,
  facts: [],
  where: "repo",
  lock: "none",
  stdin: "none",
  class: "local",
} as const;

type Differences = Partial<Omit<CommandSpec, "id" | "match">>;

/** One command; what is not said is a local read without options. The id is its words unless one is given. */
export function command(match: string, differences: Differences & { id?: string } = {}): CommandSpec {
  const { id = match.replaceAll(" ", "."), ...rest } = differences;
  return { ...PLAIN, id, match: words(match), guidance: words(match)[0] ?? match, ...rest };
}
