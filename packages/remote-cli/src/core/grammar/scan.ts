/** argv → options and words, by the spellings of one row; values are taken here and judged later. */
import { assertNever } from "@thor/kit/pure/assert-never";

import type { CommandSpec, GivenOption, OptionSpec } from "./spec.ts";
import { nearestOptions } from "./suggest.ts";

export interface Refusal {
  kind: "refused";
  rule: string;
  reason: string;
}

export const refuse = (rule: string, reason: string): Refusal => ({ kind: "refused", rule, reason });

export interface Scan {
  options: GivenOption[];
  before: string[];
  after: string[];
  isSeparated: boolean;
}
type Step = { kind: "ok"; used: number } | Refusal;

export const optionNamed = (spec: CommandSpec, name: string) => spec.options.find(({ names }) => names.includes(name));
export const canonicalName = (option: OptionSpec) => option.names[0] ?? "";

function unknownOption(spec: CommandSpec, token: string): Refusal {
  const near = nearestOptions(spec, token);
  const hint = near.length === 0 ? "it takes no options" : `nearest allowed: ${near.join(" ")}`;
  return refuse("option.unknown", `option ${token} is not in the list of allowed options; ${hint}`);
}

function readLong(spec: CommandSpec, rest: readonly string[], scan: Scan): Step {
  const token = rest[0] ?? "";
  const equals = token.indexOf("=");
  const name = equals === -1 ? token : token.slice(0, equals);
  const inline = equals === -1 ? undefined : token.slice(equals + 1);
  const option = optionNamed(spec, name);
  if (option === undefined) return unknownOption(spec, name);
  return take({ option, inline, rest, scan, shown: name });
}

interface Taking {
  option: OptionSpec;
  inline: string | undefined;
  rest: readonly string[];
  scan: Scan;
  shown: string;
}

interface ValueSources {
  option: OptionSpec;
  inline: string | undefined;
  next: string | undefined;
}

function valueOf({ option, inline, next }: ValueSources): { value: string | undefined; used: number } {
  if (inline !== undefined) return { value: inline, used: 1 };
  const isAbsent = next === undefined || (option.fallback !== undefined && next.startsWith("-"));
  return isAbsent ? { value: option.fallback, used: 1 } : { value: next, used: 2 };
}

/** The owner of a value takes it, whatever it looks like; the validator then judges it. */
function take({ option, inline, rest, scan, shown }: Taking): Step {
  const add = (value?: string) =>
    scan.options.push({
      name: canonicalName(option),
      after: scan.before.length,
      ...(value === undefined ? {} : { value }),
    });
  switch (option.arity) {
    case "flag":
      if (inline !== undefined) return refuse("option.value", `option ${shown} takes no value`);
      add();
      return { kind: "ok", used: 1 };
    case "optional":
      add(inline);
      return { kind: "ok", used: 1 };
    case "value": {
      const { value, used } = valueOf({ option, inline, next: rest[1] });
      if (value === undefined) return refuse("option.value", `option ${shown} needs a value`);
      add(value);
      return { kind: "ok", used };
    }
    default:
      return assertNever(option.arity);
  }
}

function readShort(spec: CommandSpec, rest: readonly string[], scan: Scan): Step {
  const token = rest[0] ?? "";
  const exact = optionNamed(spec, token);
  if (exact !== undefined) return take({ option: exact, inline: undefined, rest, scan, shown: token });
  const counting = /^-\d+$/.test(token) ? spec.options.find(({ isNumeric }) => isNumeric === true) : undefined;
  if (counting !== undefined) return take({ option: counting, inline: token.slice(1), rest, scan, shown: token });
  return readCluster(spec, rest, scan);
}

function readCluster(spec: CommandSpec, rest: readonly string[], scan: Scan): Step {
  const token = rest[0] ?? "";
  for (let at = 1; at < token.length; at += 1) {
    const name = `-${token[at] ?? ""}`;
    const option = optionNamed(spec, name);
    if (option === undefined) return unknownOption(spec, token.length === 2 ? token : `${name} (in ${token})`);
    const tail = token.slice(at + 1);
    const step = take({
      option,
      inline: option.arity === "flag" || tail === "" ? undefined : tail,
      rest,
      scan,
      shown: name,
    });
    if (step.kind === "refused" || option.arity !== "flag") return step;
  }
  return { kind: "ok", used: 1 };
}

function readToken(spec: CommandSpec, rest: readonly string[], scan: Scan): Step {
  const token = rest[0] ?? "";
  if (scan.isSeparated) {
    scan.after.push(token);
    return { kind: "ok", used: 1 };
  }
  if (token === "--") {
    if (spec.separator === "none") return refuse("separator", "-- is not used here");
    scan.isSeparated = true;
    return { kind: "ok", used: 1 };
  }
  if (token.startsWith("--")) return readLong(spec, rest, scan);
  if (token.startsWith("-") && token !== "-") return readShort(spec, rest, scan);
  const word = optionNamed(spec, token);
  if (word !== undefined) return take({ option: word, inline: undefined, rest, scan, shown: token });
  scan.before.push(token);
  return { kind: "ok", used: 1 };
}

/** Reads all of argv; every token is an option of the row, the value of one, or a word. */
export function scanArgv(spec: CommandSpec, argv: readonly string[]): ({ kind: "ok" } & Scan) | Refusal {
  const scan: Scan = { options: [], before: [], after: [], isSeparated: false };
  for (let at = 0; at < argv.length;) {
    const step = readToken(spec, argv.slice(at), scan);
    if (step.kind === "refused") return step;
    at += step.used;
  }
  return { kind: "ok", ...scan };
}
