/** The evidence as a file: every row a JSON line, and on demand the exported prefix leaves the database. */
import { existsSync } from "node:fs";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import { sha256Hex } from "@thor/kit/derived-key";

import { numberOf, valueOf } from "./inspect.ts";
import { type Command, operator, withDatabase, withLedger } from "./place.ts";

const linesOf = (path: string, from: number, to: number) =>
  withDatabase(path, (database) => {
    const rows = database.prepare("select * from audit where seq >= ? and seq <= ? order by seq").all(from, to);
    return Promise.resolve(rows.map((row) => JSON.stringify(row)));
  });

/** `audit export [--from n] [--to n] [--file f [--prune --yes]]`: prints or writes rows; a pruned prefix leaves its signature. */
export const auditExport: Command = async (env, args) => {
  const to = numberOf(args, "--to");
  const lines = await linesOf(env.path, numberOf(args, "--from") ?? 0, to ?? Number.MAX_SAFE_INTEGER);
  const file = valueOf(args, "--file");
  if (file === undefined) {
    for (const line of lines) env.out(line);
    return 0;
  }
  if (existsSync(file)) {
    env.err(`${file} exists; an export never overwrites`);
    return 1;
  }
  const text = `${lines.join("\n")}\n`;
  await writeFileAtomic(file, text, 0o600);
  env.out(`${lines.length} rows in ${file}`);
  if (!args.includes("--prune") || !args.includes("--yes") || to === undefined) return 0;
  return withLedger(env, async (ledger) => {
    const pruned = await ledger.pruneAudit({ last: to, file, sha256: sha256Hex(text), by: operator() });
    env.out(JSON.stringify(pruned));
    return pruned.kind === "pruned" ? 0 : 1;
  });
};
