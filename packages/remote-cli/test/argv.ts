/** Arguments as an adversary mixes them: real options in every spelling, values of every kind, and neither in its place. */
import * as fc from "fast-check";

import { GH } from "../src/core/gh/command.ts";
import { GIT_COMMANDS } from "../src/core/git/command.ts";
import type { CommandSpec } from "../src/core/grammar/spec.ts";
import { LDCLI } from "../src/core/ldcli/command.ts";
import { METABASE } from "../src/core/metabase/command.ts";
import { PSQL } from "../src/core/psql/command.ts";
import { SCOUTQA } from "../src/core/scoutqa/command.ts";

/** Every grammar that is made of rows. */
export const TABLES: Readonly<Record<string, readonly CommandSpec[]>> = {
  git: GIT_COMMANDS,
  gh: GH.table,
  psql: PSQL.table,
  ldcli: LDCLI.table,
  scoutqa: SCOUTQA.table,
  metabase: METABASE.table,
};

const USUAL = `HEAD main origin f src/g a..b 5 v* %h HEAD:refs/heads/x b always - -- -x ^a :(top)f :!f 1 12 open t bug
  ada json key k=v name=value ci.yml acme/r repos/acme/r/pulls sales.o db p https://x.example format=csv feat/x refs/heads/x
  d --output=f -Osh --not ../../.. /etc/passwd --web -R --repo=o/r -F @f k=@f file:///etc/passwd`.split(/\s+/);
const SQL = [
  "select 1",
  "select id from analytics.o",
  "select * from hr.p",
  "delete from t",
  "\\! id",
  "select pg_read_file('/x')",
];
const STRANGE = [
  "",
  " ",
  "x\ny",
  "a\0b",
  "ä",
  "\u202ereversed",
  "x\r",
  "💥",
  "x".repeat(9000),
  "'",
  '"',
  "$(id)",
  "`id`",
  ";id",
  "|id",
];

/** One value: usual, strange, of the caller's own, or anything. */
export const valueOf = (own: readonly string[] = []) =>
  fc.oneof(
    { arbitrary: fc.constantFrom(...USUAL, ...SQL, ...own), weight: 6 },
    { arbitrary: fc.constantFrom(...STRANGE), weight: 1 },
    { arbitrary: fc.string({ maxLength: 12 }), weight: 1 },
  );

function optionOf(spec: CommandSpec) {
  const names = spec.options.flatMap(({ names: spelled }) => spelled);
  return names.length === 0 ? fc.constant("-x") : fc.constantFrom(...names);
}

function tokenOf(spec: CommandSpec, own: readonly string[]) {
  const option = optionOf(spec);
  const value = valueOf(own);
  const short = option.filter((name) => !name.startsWith("--"));
  const hasShort = spec.options.some(({ names }) => names.some((name) => /^-[A-Za-z]$/.test(name)));
  const cluster = fc.array(hasShort ? short : fc.constant("-x"), { minLength: 2, maxLength: 4 });
  return fc.oneof(
    { arbitrary: option, weight: 4 },
    { arbitrary: value, weight: 5 },
    { arbitrary: fc.tuple(option, value).map(([name, text]) => `${name}=${text}`), weight: 3 },
    { arbitrary: fc.tuple(option, value).map(([name, text]) => `${name}${text}`), weight: 1 },
    // Abbreviated, as many tools accept it.
    { arbitrary: option.map((name) => name.slice(0, -1)), weight: 1 },
    { arbitrary: cluster.map((names) => `-${names.map((name) => name.slice(1)).join("")}`), weight: 1 },
  );
}

/** What a row needs at least, so that a case has a chance. */
const beginning = (spec: CommandSpec) => [
  ...spec.match,
  ...(spec.when ?? []).slice(0, 1),
  ...spec.rules.flatMap((rule) => (rule.kind === "exactlyOne" ? rule.of.slice(0, 1) : [])),
];

/** Arguments of the commands of one table. */
export const argvOf = (table: readonly CommandSpec[], own: readonly string[] = []) =>
  fc.oneof(
    ...table.map((spec) =>
      fc
        .tuple(fc.boolean(), fc.array(tokenOf(spec, own), { maxLength: 6 }))
        .map(([isBegun, tokens]) => [
          ...(isBegun ? beginning(spec) : [...spec.match, ...(spec.when ?? []).slice(0, 1)]),
          ...tokens,
        ]),
    ),
  );
