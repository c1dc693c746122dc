/** PostgreSQL's own parser, and a printer whose text is proven to mean the same. */
import { isDeepStrictEqual } from "node:util";

import { z } from "zod";

import { normalised, type Tree } from "../core/sql/tree.ts";

const Parsed = z.object({ stmts: z.array(z.object({ stmt: z.record(z.string(), z.unknown()) })).default([]) });
const MAX_SQL_CHARS = 100_000;

export type SqlParsed = { kind: "statements"; statements: Tree[] } | { kind: "fault"; reason: string };

const load = async () => {
  const [{ loadModule, parseSync, fingerprintSync }, { deparseSync }] = await Promise.all([
    import("libpg-query"),
    import("pgsql-deparser"),
  ]);
  await loadModule();
  return { parseSync, fingerprintSync, deparseSync };
};

/** Loaded with its first use: it is a program of its own. */
export function createSqlParser() {
  let loaded: ReturnType<typeof load> | undefined;

  const parse = async (text: string): Promise<SqlParsed> => {
    if (text.length > MAX_SQL_CHARS)
      return { kind: "fault", reason: `the statement is longer than ${MAX_SQL_CHARS} characters` };
    const { parseSync } = await (loaded ??= load());
    try {
      return { kind: "statements", statements: Parsed.parse(parseSync(text)).stmts.map(({ stmt }) => stmt) };
    } catch (err) {
      return { kind: "fault", reason: err instanceof Error ? (err.message.split("\n")[0] ?? "") : "it cannot be read" };
    }
  };

  /** The text of a statement; nothing when it would not be read back as the very same. */
  const print = async (statement: Tree): Promise<string | undefined> => {
    const { deparseSync } = await (loaded ??= load());
    const text = printed(() => deparseSync(statement, { pretty: false }));
    const again = text === undefined ? undefined : await parse(text);
    const isSame =
      again?.kind === "statements" && isDeepStrictEqual(normalised(again.statements), normalised([statement]));
    return isSame ? text : undefined;
  };
  /** Names what kind of statement a text is, without any of its values. */
  const fingerprint = async (text: string): Promise<string> => {
    const { fingerprintSync } = await (loaded ??= load());
    return fingerprintSync(text);
  };
  return { parse, print, fingerprint };
}

function printed(print: () => string): string | undefined {
  try {
    return print();
  } catch {
    return undefined;
  }
}
