/** The SQL that this package holds stays within what both engines speak. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect, it } from "vitest";

import { MIGRATIONS } from "../src/migrations/catalogue.ts";

const SOURCES = fileURLToPath(new URL("../src", import.meta.url));
const FORBIDDEN =
  /\b(autoincrement|rowid|strict|json_\w+|json_extract|for update|insert or \w+|replace into|glob|datetime|strftime|julianday)\b/i;

/** What a write or a read says, without its comments; commands that look into the file itself are SQLite's own. */
function statementsOf(file: string): string[] {
  const text = readFileSync(join(SOURCES, file), "utf8").replaceAll(/^\s*(\/\*\*|\*|\/\/).*$/gm, "");
  return [...text.matchAll(/`([^`]*)`|"((?:select|insert|update|delete|create) [^"]*)"/g)].map(
    (match) => match[1] ?? match[2] ?? "",
  );
}

it("speaks no dialect in its migrations", () => {
  const statements = MIGRATIONS.flatMap((migration) => migration.statements);
  expect(statements.length).toBeGreaterThan(60);
  expect(statements.filter((statement) => FORBIDDEN.test(statement))).toEqual([]);
  const types = statements
    .filter((one) => one.startsWith("create table"))
    .flatMap((one) => one.match(/\b(real|blob|numeric|varchar|boolean|date|timestamp|any)\b/gi) ?? []);
  expect(types).toEqual([]);
});

it("speaks no dialect in its reads and writes", () => {
  const files = readdirSync(SOURCES, { recursive: true, encoding: "utf8" }).filter((file) =>
    /^(reads|writes|writer|audit)\/.*\.ts$/.test(file),
  );
  expect(files.length).toBeGreaterThan(40);
  const found = files.flatMap((file) =>
    statementsOf(file)
      .filter((text) => FORBIDDEN.test(text))
      .map((text) => `${file}: ${text}`),
  );
  expect(found.filter((line) => !line.includes("foreign_key_check"))).toEqual([]);
});

it("notices what it forbids", () => {
  expect(
    ["select json_extract(a, '$')", "insert or replace into t", "select rowid from t"].every((text) =>
      FORBIDDEN.test(text),
    ),
  ).toBe(true);
});
