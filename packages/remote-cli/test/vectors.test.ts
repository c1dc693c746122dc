/** What every command of every tool is decided to be: the tables of `vectors/`, line by line. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { createSqlParser } from "../src/adapters/sql-parser.ts";
import { explanationOf } from "../src/core/explanation.ts";
import { createExplain, IMAGINED_CWD } from "../src/flows/explain.ts";

const DIRECTORY = join(import.meta.dirname, "vectors");
const { explain } = createExplain(createSqlParser());
const VERDICTS = { A: "allow", R: "allow", P: "approve", D: "deny" } as const;

/** Words as a shell reads them: quotes of both kinds, nothing else. */
const wordsOf = (line: string) =>
  [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word
      .replaceAll(/'([^']*)'|"([^"]*)"/g, "$1$2")
      .replace(/^(-C=|@|--output=)?W(?=\/)/, "$1/workspace")
      .replaceAll("{NL}", "\n"),
  );

function readVector(line: string) {
  const [given = "", expected] = line.split(" => ");
  const [mark = "", ...words] = wordsOf(given);
  const cwd = words[0]?.startsWith("@") === true ? words.shift()?.slice(1) : IMAGINED_CWD;
  const verdict = Object.entries(VERDICTS).find(([name]) => name === mark)?.[1];
  return { verdict, args: words, cwd, canonical: expected === undefined ? undefined : wordsOf(expected) };
}

describe.each(readdirSync(DIRECTORY))("%s", (file) => {
  const tool = file.replace(/\.txt$/, "");
  const lines = readFileSync(join(DIRECTORY, file), "utf8").split("\n");
  it.each(lines.filter((line) => line !== "" && !line.startsWith("#")))("%s", async (line) => {
    const { verdict, args, cwd, canonical } = readVector(line);
    const decided = await explain(tool, args, cwd);
    if (decided === undefined) throw new Error(`no tool ${tool}`);
    const { decision, rule, message, canonical: shown } = explanationOf(decided);
    const isRefused = verdict === "deny";
    expect({ decision, why: isRefused ? "" : `${rule} ${message ?? ""}`.trim() }).toEqual({
      decision: verdict,
      why: isRefused ? "" : rule,
    });
    expect(message?.split("\n")[0]?.endsWith("is not allowed.") ?? false).toBe(isRefused);
    expect(canonical === undefined ? undefined : shown).toEqual(canonical);
  });
});
