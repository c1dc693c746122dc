/** One query over tables of allowed schemas, computed by built-in functions only. What is not known is refused. */
import { z } from "zod";

import { PURE_FUNCTIONS, PURE_OPERATORS, PURE_TYPES } from "./pure-functions.ts";
import { queryFault } from "./read-gate.ts";
import { isTree, namesIn, type Tree } from "./tree.ts";

/** Names of WITH that are visible at a place. */
type Scope = ReadonlySet<string>;

const Relation = z.object({
  catalogname: z.string().optional(),
  schemaname: z.string().optional(),
  relname: z.string(),
});

interface Gate {
  schemas: ReadonlySet<string>;
}

function relationFault(value: Tree, scope: Scope, { schemas }: Gate): string | undefined {
  const { catalogname, schemaname, relname: name } = Relation.parse(value);
  if (catalogname !== undefined) return `"${name}" is named with a database in front`;
  if (schemaname === undefined) return scope.has(name) ? undefined : `"${name}" must be written schema.table`;
  return schemas.has(schemaname) ? undefined : `the schema "${schemaname}" is not one of: ${[...schemas].join(", ")}`;
}

function functionFault(value: Tree): string | undefined {
  const names = namesIn(value["funcname"]);
  const isSyntax = value["funcformat"] === "COERCE_SQL_SYNTAX" && names[0] === "pg_catalog";
  const own = isSyntax ? names.slice(1) : names;
  const isPure = own.length === 1 && PURE_FUNCTIONS.has(own[0] ?? "");
  return isPure ? undefined : `the function ${names.join(".")} is not available`;
}

function typeFault(value: Tree): string | undefined {
  const names = namesIn(value["names"]);
  const own = names[0] === "pg_catalog" ? names.slice(1) : names;
  return own.length === 1 && PURE_TYPES.has(own[0] ?? "") ? undefined : `the type ${names.join(".")} is not available`;
}

const WORDS = /^(NOT )?BETWEEN( SYMMETRIC)?$/;
function operatorFault(value: Tree): string | undefined {
  const names = namesIn(value["name"]);
  const [name = ""] = names;
  const isPure = names.length === 1 && (PURE_OPERATORS.has(name) || WORDS.test(name));
  return isPure ? undefined : `the operator ${names.join(".")} is not available`;
}

function ownFault(key: string, value: Tree, given: { scope: Scope; gate: Gate }): string | undefined {
  switch (key) {
    case "RangeVar":
      return relationFault(value, given.scope, given.gate);
    case "FuncCall":
      return functionFault(value);
    case "typeName":
    case "TypeName":
      return typeFault(value);
    case "A_Expr":
      return operatorFault(value);
    case "SubLink":
      return value["operName"] === undefined ? undefined : operatorFault({ name: value["operName"] });
    case "SortBy":
      return value["useOp"] === undefined ? undefined : "ORDER BY … USING is not available";
    case "RangeTableSample":
    case "CollateClause":
      return "sampling and collations are not available";
    default:
      return undefined;
  }
}

/** The names of a WITH, each judged where it stands: an earlier one is visible to later ones, all to all when recursive. */
function judgeWith(clause: Tree, outer: Scope, gate: Gate): { scope: Scope } | { fault: string } {
  const list = Array.isArray(clause["ctes"]) ? clause["ctes"] : [];
  const tables = list.flatMap((entry) =>
    isTree(entry) && isTree(entry["CommonTableExpr"]) ? [entry["CommonTableExpr"]] : [],
  );
  const names = tables.map(({ ctename }) => String(ctename));
  const isRecursive = clause["recursive"] === true;
  for (const [at, table] of tables.entries()) {
    const visible = new Set([...outer, ...(isRecursive ? names : names.slice(0, at))]);
    const fault = judge(table, visible, gate);
    if (fault !== undefined) return { fault };
  }
  return { scope: new Set([...outer, ...names]) };
}

function judge(value: unknown, outer: Scope, gate: Gate): string | undefined {
  if (Array.isArray(value)) {
    for (const inner of value) {
      const fault = judge(inner, outer, gate);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
  if (!isTree(value)) return undefined;
  const judged = isTree(value["withClause"]) ? judgeWith(value["withClause"], outer, gate) : { scope: outer };
  if ("fault" in judged) return judged.fault;
  const { scope } = judged;
  for (const [key, inner] of Object.entries(value)) {
    if (key === "withClause") continue;
    const own = isTree(inner) ? ownFault(key, inner, { scope, gate }) : undefined;
    const fault = own ?? judge(inner, scope, gate);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

/** A constant row count; `undefined` for none, `"other"` for what is no constant. */
function countOf(limit: unknown): number | "other" | undefined {
  if (limit === undefined) return undefined;
  const constant = isTree(limit) && isTree(limit["A_Const"]) ? limit["A_Const"] : undefined;
  if (constant?.["isnull"] === true) return undefined;
  const whole = constant?.["ival"];
  if (!isTree(whole)) return "other";
  return typeof whole["ival"] === "number" ? whole["ival"] : 0;
}

const refused = (reason: string) => ({ kind: "fault" as const, reason });

/** The query with at most `maxRows` rows, or why it is not one that may be asked. */
export function gateQuery(
  statements: readonly Tree[],
  { schemas, maxRows }: { schemas: readonly string[]; maxRows: number },
): { kind: "query"; statement: Tree } | { kind: "fault"; reason: string } {
  const [statement] = statements;
  const body = statement?.["SelectStmt"];
  if (statement === undefined || statements.length > 1 || !isTree(body)) return refused("exactly one SELECT is needed");
  const reason = queryFault(statement) ?? judge(statement, new Set(), { schemas: new Set(schemas) });
  if (reason !== undefined) return refused(reason);
  const given = countOf(body["limitCount"]);
  if (given === "other" || body["limitOption"] === "LIMIT_OPTION_WITH_TIES") return refused("LIMIT must be a number");
  const limitCount = { A_Const: { ival: { ival: Math.min(given ?? maxRows, maxRows) } } };
  return { kind: "query", statement: { SelectStmt: { ...body, limitCount, limitOption: "LIMIT_OPTION_COUNT" } } };
}
