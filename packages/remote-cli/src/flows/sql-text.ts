/** From a text of SQL to statements that were judged, printed from their trees. */
import type { Denial } from "../core/denial.ts";
import { MAX_STATEMENTS, statementFault } from "../core/sql/read-gate.ts";
import type { Tree } from "../core/sql/tree.ts";

export interface SqlDeps {
  parse: (text: string) => Promise<{ kind: "statements"; statements: Tree[] } | { kind: "fault"; reason: string }>;
  /** The text of a tree; nothing when it would not be read back as the very same. */
  print: (statement: Tree) => Promise<string | undefined>;
  /** What a log may say about a statement. */
  fingerprint: (text: string) => Promise<string>;
}
type Gated = { kind: "statements"; texts: string[] } | ({ kind: "denied" } & Denial);

export const sqlDenied = (reason: string, instead?: string) => ({
  kind: "denied" as const,
  rule: "sql",
  reason,
  instead,
});

/** Prints a judged tree. */
export async function printTree(sql: SqlDeps, statement: Tree): Promise<string | ReturnType<typeof sqlDenied>> {
  const text = await sql.print(statement);
  return text ?? sqlDenied("the statement cannot be written back exactly; say it more simply");
}

/** Lets through what only looks; what runs is the text printed from the accepted trees. */
export async function readingStatements(sql: SqlDeps, text: string): Promise<Gated> {
  if (text.trimStart().startsWith("\\"))
    return sqlDenied("meta-commands are not available", "query information_schema");
  const parsed = await sql.parse(text);
  if (parsed.kind === "fault") return sqlDenied(`PostgreSQL cannot read it: ${parsed.reason}`);
  const { statements } = parsed;
  if (statements.length === 0) return sqlDenied("there is no statement");
  if (statements.length > MAX_STATEMENTS) return sqlDenied(`there are more than ${MAX_STATEMENTS} statements`);
  const texts: string[] = [];
  for (const statement of statements) {
    const fault = statementFault(statement);
    if (fault !== undefined) return sqlDenied(fault, "select … from …; changes are made by people");
    const printed = await printTree(sql, statement);
    if (typeof printed !== "string") return printed;
    texts.push(printed);
  }
  return { kind: "statements", texts };
}
