/** SQL that only looks: statements, nodes and functions that may stand in it. What is not known is refused. */
import { isTree, namesIn, walk, type Tree } from "./tree.ts";

export const MAX_STATEMENTS = 20;

/** Every node that a reading statement may consist of. */
const READ_NODES: ReadonlySet<string> = new Set(
  `SelectStmt ResTarget ColumnRef A_Const String Integer Float Boolean BitString A_Star RangeVar RangeSubselect
  RangeFunction RangeTableSample JoinExpr A_Expr BoolExpr NullTest BooleanTest FuncCall TypeCast A_ArrayExpr A_Indices
  A_Indirection SubLink CaseExpr CaseWhen CoalesceExpr MinMaxExpr RowExpr SortBy WindowDef CommonTableExpr
  SQLValueFunction List GroupingSet GroupingFunc CollateClause NamedArgExpr TypeName`.split(/\s+/),
);

const FORBIDDEN_FUNCTIONS = new RegExp(
  `^(${`set_config pg_sleep.* pg_read_.* pg_ls_.* pg_stat_file pg_terminate_backend pg_cancel_backend pg_reload_conf
  pg_rotate_logfile lo_.* loread lowrite dblink.* query_to_xml.* cursor_to_xml.* table_to_xml.* schema_to_xml.*
  database_to_xml.* ts_stat nextval setval pg_notify pg_advisory_.* pg_try_advisory_.* pg_logical_.* pg_create_.* pg_drop_.*
  pg_promote pg_switch_wal pg_file_.* pg_stat_reset.* pg_backup_.* pg_wal_replay_.* pg_replication_.* pg_import_.*
  pg_export_snapshot pg_log_backend_.* pg_execute_.* ts_rewrite`
    .split(/\s+/)
    .join("|")})$`,
);

const KEYS_THAT_WRITE: Readonly<Record<string, string>> = {
  intoClause: "INTO makes a table",
  lockingClause: "locking clauses write",
};
const isNodeTag = (key: string) => /^[A-Z]/.test(key);

/** Why one node may not stand in a reading statement. */
function nodeFault(key: string, value: unknown): string | undefined {
  if (Object.hasOwn(KEYS_THAT_WRITE, key)) return KEYS_THAT_WRITE[key];
  if (isNodeTag(key) && !READ_NODES.has(key)) return `${key.replace(/Stmt$/, "").toUpperCase()} is not available`;
  if (key !== "FuncCall" || !isTree(value)) return undefined;
  const name = namesIn(value["funcname"]).at(-1) ?? "";
  return FORBIDDEN_FUNCTIONS.test(name.toLowerCase()) ? `the function ${name} is not available` : undefined;
}

/** Why a query, or any part of it, is not only a look. */
export const queryFault = (query: Tree) => walk(query, nodeFault);

/** Why a statement is not one that only looks. */
export function statementFault(statement: Tree): string | undefined {
  const [kind = ""] = Object.keys(statement);
  const body = statement[kind];
  if (kind === "VariableShowStmt") return undefined;
  if (kind === "SelectStmt") return queryFault(statement);
  if (kind !== "ExplainStmt" || !isTree(body) || !isTree(body["query"]))
    return `${kind.replace(/Stmt$/, "").toUpperCase() || "this"} is not available; SELECT, VALUES, TABLE, EXPLAIN and SHOW are`;
  return "SelectStmt" in body["query"] ? queryFault(body["query"]) : "EXPLAIN is available for queries only";
}
