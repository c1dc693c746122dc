/** argv + one row → a typed command, or the first token that does not fit and why. */
import { assertNever } from "@thor/kit/pure/assert-never";

import { canonicalName, optionNamed, refuse, scanArgv, type Refusal, type Scan } from "./scan.ts";
import type { Checked, Command, CommandSpec, Place, PositionalSpec, Rule, Validator } from "./spec.ts";

export type Parsed = { kind: "ok"; command: Command } | Refusal;

function checkValues(spec: CommandSpec, scan: Scan, place: Place): Refusal | undefined {
  for (const given of scan.options) {
    const option = optionNamed(spec, given.name);
    if (option?.value === undefined || given.value === undefined) continue;
    const checked = option.value.check(given.value, place);
    if (checked.kind === "bad") return refuse("value.invalid", `${given.name}: ${checked.reason}`);
    given.value = checked.value;
  }
  return undefined;
}

function checkRepeats(spec: CommandSpec, scan: Scan): Refusal | undefined {
  const twice = spec.options.find(
    (option) =>
      option.repeat === "once" && scan.options.filter(({ name }) => name === canonicalName(option)).length > 1,
  );
  return twice === undefined ? undefined : refuse("option.repeat", `option ${canonicalName(twice)} is given twice`);
}

function checkRule(rule: Rule, given: ReadonlySet<string>): string | undefined {
  const present = rule.of.filter((name) => given.has(name));
  switch (rule.kind) {
    case "conflict":
      return present.length > 1 ? `${present.join(" and ")} exclude each other` : undefined;
    case "exactlyOne":
      return present.length === 1 ? undefined : `exactly one of ${rule.of.join(" ")} is needed`;
    case "requires":
      return given.has(rule.of[0]) && !given.has(rule.of[1]) ? `${rule.of[0]} needs ${rule.of[1]}` : undefined;
    default:
      return assertNever(rule);
  }
}

interface Placed {
  positionals: string[];
  paths: string[];
}

/** Deals the given words to the positional rows: each takes what it may, and leaves what later ones need. */
function deal(rows: readonly PositionalSpec[], given: readonly string[]) {
  let at = 0;
  return rows.map((row, index) => {
    const needed = rows.slice(index + 1).reduce((sum, later) => sum + later.min, 0);
    const count = Math.max(0, Math.min(row.max, given.length - at - needed));
    const part = given.slice(at, at + count);
    at += count;
    return { row, part };
  });
}

function checkAll(validator: Validator, part: readonly string[], place: Place): { ok: string[] } | { bad: string } {
  const ok: string[] = [];
  for (const text of part) {
    const checked: Checked = validator.check(text, place);
    if (checked.kind === "bad") return { bad: checked.reason };
    ok.push(checked.value);
  }
  return { ok };
}

function placePositionals(spec: CommandSpec, scan: Scan, place: Place): Placed | Refusal {
  const pathRow = spec.positionals.find(({ isPath }) => isPath === true);
  const rows = spec.positionals.filter((row) => row !== pathRow || !scan.isSeparated);
  const dealt = deal(rows, scan.before);
  if (pathRow !== undefined && scan.isSeparated) dealt.push({ row: pathRow, part: scan.after });
  const used = dealt.reduce((sum, { part }) => sum + part.length, 0);
  const given = scan.before.length + scan.after.length;
  const extra = [...scan.before, ...scan.after].at(used - given);
  if (used < given) return refuse("positional.count", `argument "${extra ?? ""}" is one too many`);
  const placed: Placed = { positionals: [], paths: [] };
  for (const { row, part } of dealt) {
    if (part.length < row.min) return refuse("positional.count", `<${row.name}> is missing`);
    if (part.length > row.max) return refuse("positional.count", `more than ${row.max} times <${row.name}>`);
    const checked = checkAll(row.validator, part, place);
    if ("bad" in checked) return refuse("value.invalid", `<${row.name}>: ${checked.bad}`);
    (row === pathRow ? placed.paths : placed.positionals).push(...checked.ok);
  }
  return placed;
}

/** Parses what follows the command's own words. Names match exactly, a value belongs to its option, nothing is guessed. */
export function parseCommand(spec: CommandSpec, argv: readonly string[], place: Place): Parsed {
  const scan = scanArgv(spec, argv);
  if (scan.kind === "refused") return scan;
  if (spec.separator === "required" && !scan.isSeparated) return refuse("separator", "-- is needed before the paths");
  const fault = checkRepeats(spec, scan) ?? checkValues(spec, scan, place);
  if (fault !== undefined) return fault;
  const given = new Set(scan.options.map(({ name }) => name));
  const broken = spec.rules.map((rule) => checkRule(rule, given)).find((text) => text !== undefined);
  if (broken !== undefined) return refuse("rule", broken);
  const placed = placePositionals(spec, scan, place);
  if ("kind" in placed) return placed;
  const command: Command = { spec, options: scan.options, ...placed, isSeparated: scan.isSeparated };
  const shaped = spec.shape?.(command, place) ?? { kind: "ok", command };
  return shaped.kind === "ok" ? shaped : refuse("shape", shaped.reason);
}

const startsWith = (argv: readonly string[], words: readonly string[]) => words.every((word, at) => argv[at] === word);

const weight = ({ match, when }: CommandSpec) => match.length * 2 + (when === undefined ? 0 : 1);

/** The row that argv means: the longest match of words; among equals the one whose `when` is met. */
export function findCommand(table: readonly CommandSpec[], argv: readonly string[]): CommandSpec | undefined {
  const fitting = table.filter(
    ({ match, when }) =>
      startsWith(argv, match) &&
      (when === undefined || argv.slice(match.length).some((token) => when.includes(token.split("=")[0] ?? token))),
  );
  return fitting.toSorted((a, b) => weight(b) - weight(a))[0];
}
