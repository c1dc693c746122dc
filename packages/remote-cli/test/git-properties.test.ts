import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { GIT_COMMANDS, parseGit, readGitWords } from "../src/core/git/command.ts";
import { renderCommand } from "../src/core/grammar/render.ts";
import type { CommandSpec } from "../src/core/grammar/spec.ts";

const place = { root: "/w/worktrees/r/x", cwd: "/w/worktrees/r/x/sub" };
const RUNS = 10_000;

const value = fc.oneof(
  fc.constantFrom(
    "HEAD",
    "main",
    "origin",
    "f",
    "src/g",
    "a..b",
    "5",
    "v*",
    "%h",
    "HEAD:refs/heads/x",
    "/w/worktrees/r/x",
    "/w/worktrees/r/b",
    "b",
    "always",
    "-x",
    "--",
    "-",
    "../../..",
    "",
    "x\ny",
    "/etc/passwd",
    ":(top)f",
    ":!f",
    "--output=f",
    "-Osh",
    "--not",
    "^a",
  ),
  fc.string({ maxLength: 12 }),
);
const optionOf = (spec: CommandSpec) => {
  const names = spec.options.flatMap(({ names: spelled }) => spelled);
  return names.length === 0 ? fc.constant("-x") : fc.constantFrom(...names);
};
const tokenOf = (spec: CommandSpec) => {
  const option = optionOf(spec);
  return fc.oneof(
    option,
    value,
    fc.tuple(option, value).map(([name, text]) => `${name}=${text}`),
    fc.tuple(option, value).map(([name, text]) => `${name}${text}`),
  );
};
const argv = fc.oneof(
  ...GIT_COMMANDS.map((spec) =>
    fc
      .array(tokenOf(spec), { maxLength: 6 })
      .map((tokens) => [...spec.match, ...(spec.when ?? []).slice(0, 1), ...tokens]),
  ),
);

function parse(args: readonly string[]) {
  const words = readGitWords(args, false);
  if (words.kind !== "command") return undefined;
  const parsed = parseGit(words, place);
  return parsed.kind === "ok" ? parsed.command : undefined;
}

/** The canonical argv without what the engine adds by itself. */
function withoutFixed(canonical: readonly string[], spec: CommandSpec): string[] {
  const fixed = [...spec.fixed, ...(spec.eoo ? ["--end-of-options"] : [])];
  const left = [...canonical];
  for (const word of fixed) left.splice(left.indexOf(word), 1);
  return left;
}

const hasOmitted = (spec: CommandSpec) => spec.options.some(({ emit }) => emit === "omit");

/** Whether the canonical form, read again, is written the same; refused argv have none. */
function isStable(args: readonly string[]): boolean {
  const command = parse(args);
  if (command === undefined || hasOmitted(command.spec)) return true;
  const canonical = renderCommand(command);
  const again = parse(withoutFixed(canonical, command.spec));
  return again !== undefined && renderCommand(again).join("\0") === canonical.join("\0");
}

/** Whether every option of the canonical form stands in the command's row. */
function isListed(args: readonly string[]): boolean {
  const command = parse(args);
  if (command === undefined) return true;
  const { spec } = command;
  const names = spec.options.flatMap(({ names: spelled }) => spelled);
  const written = withoutFixed(renderCommand(command), spec);
  const dashes = written.indexOf("--");
  const values = new Set(command.options.map(({ value: given }) => given));
  const options = written
    .slice(spec.match.length, dashes === -1 ? undefined : dashes)
    .filter((word) => word.startsWith("-") && !values.has(word));
  return options.every((word) =>
    names.some((name) => name === word.split("=")[0] || (!name.startsWith("--") && word.startsWith(name))),
  );
}

const check = (holds: (args: readonly string[]) => boolean) =>
  fc.check(fc.property(argv, holds), { numRuns: RUNS }).counterexample;

describe("any argv", () => {
  it("is refused, or means the same when its canonical form is read again", () => {
    expect(check(isStable)).toBeNull();
  });

  it("is refused, or becomes an argv whose options all stand in the table", () => {
    expect(check(isListed)).toBeNull();
  });

  it("is often enough let in for that to say something", () => {
    const accepted = fc.sample(argv, RUNS).filter((args) => parse(args) !== undefined);
    expect(accepted.length).toBeGreaterThan(RUNS / 50);
  });
});
