import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { judgeAws } from "../src/core/aws/judge.ts";
import { readAws, renderAws } from "../src/core/aws/words.ts";
import { findCommand, parseCommand } from "../src/core/grammar/parse.ts";
import { renderCommand } from "../src/core/grammar/render.ts";
import type { CommandSpec } from "../src/core/grammar/spec.ts";
import { argvOf, TABLES, valueOf } from "./argv.ts";

const place = { root: "/w/worktrees/r/x", cwd: "/w/worktrees/r/x/sub" };
/** `scripts/fuzz-policy.ts` runs more. */
const RUNS = Number(process.env["THOR_FUZZ_CASES"] ?? 3000);
const LONG = { timeout: 60_000 + RUNS * 10 };

type Table = readonly CommandSpec[];

function parse(table: Table, args: readonly string[]) {
  const spec = findCommand(table, args);
  const parsed = spec && parseCommand(spec, args.slice(spec.match.length), place);
  return parsed?.kind === "ok" ? parsed.command : undefined;
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
function isStable(table: Table, args: readonly string[]): boolean {
  const command = parse(table, args);
  if (command === undefined || hasOmitted(command.spec)) return true;
  const canonical = renderCommand(command);
  const again = parse(table, withoutFixed(canonical, command.spec));
  return again !== undefined && renderCommand(again).join("\0") === canonical.join("\0");
}

/** Whether every option of the canonical form stands in the command's row. */
function isListed(table: Table, args: readonly string[]): boolean {
  const command = parse(table, args);
  if (command === undefined) return true;
  const { spec } = command;
  const names = spec.options.flatMap(({ names: spelled }) => spelled);
  const written = withoutFixed(renderCommand(command), spec);
  const dashes = written.indexOf("--");
  const values = new Set(command.options.map(({ value: given }) => given));
  const options = written
    .slice(spec.match.length, dashes === -1 ? undefined : dashes)
    .filter((word) => word.startsWith("-") && word !== "-" && !values.has(word));
  return options.every((word) =>
    names.some((name) => name === word.split("=")[0] || (!name.startsWith("--") && word.startsWith(name))),
  );
}

describe.each(Object.entries(TABLES))("any argv of %s", (_, table) => {
  it("is refused, or is written with listed options only and means the same when it is read again", LONG, () => {
    let accepted = 0;
    const holds = (args: readonly string[]) => {
      accepted += parse(table, args) === undefined ? 0 : 1;
      return isStable(table, args) && isListed(table, args);
    };
    expect(fc.check(fc.property(argvOf(table), holds), { numRuns: RUNS }).counterexample).toBeNull();
    // Often enough let in for that to say something.
    expect(accepted).toBeGreaterThan(RUNS / 100);
  });
});

describe("any argv of aws", () => {
  const word = fc.oneof(
    fc.constantFrom(
      ..."ec2 s3 s3api describe-instances ls presign list-objects-v2 get-object --bucket --key --region --output --query".split(
        " ",
      ),
      ..."eu-west-1 json s3://bucket/k - -- --prof --instance-ids i-1 --no-paginate --max-items 5 sts lambda invoke x".split(
        " ",
      ),
    ),
    valueOf(),
  );
  const argv = fc.array(word, { minLength: 2, maxLength: 8 });
  const verdictOf = (args: readonly string[]) => {
    const words = readAws(args);
    return words.kind === "call" ? judgeAws(words.call) : undefined;
  };
  const canonicalOf = (args: readonly string[]) => {
    const verdict = verdictOf(args);
    return verdict === undefined || verdict.kind === "denied"
      ? undefined
      : { kind: verdict.kind, argv: renderAws(verdict.call) };
  };

  it("is refused, or means the same when its canonical form is read again", LONG, () => {
    const holds = (args: readonly string[]) => {
      const canonical = canonicalOf(args);
      return canonical === undefined || JSON.stringify(canonicalOf(canonical.argv)) === JSON.stringify(canonical);
    };
    expect(fc.check(fc.property(argv, holds), { numRuns: RUNS }).counterexample).toBeNull();
  });

  it("is often enough let in for that to say something", LONG, () => {
    expect(fc.sample(argv, RUNS).filter((args) => canonicalOf(args) !== undefined).length).toBeGreaterThan(RUNS / 100);
  });
});
