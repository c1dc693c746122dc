/** Kysely over `node:sqlite`: one connection, statements prepared once per SQL text. */
import type { DatabaseSync, SQLInputValue, StatementSync } from "node:sqlite";

import {
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";

import type { Db, DB } from "./schema.ts";

const MAX_STATEMENTS = 600;

interface Prepared {
  statement: StatementSync;
  hasRows: boolean;
}

function sqlValue(value: unknown): SQLInputValue {
  if (value === null || typeof value === "string" || typeof value === "number" || typeof value === "bigint")
    return value;
  throw new Error(`the ledger stores text and numbers only, not ${typeof value}`);
}

function createPrepare(database: DatabaseSync): (sqlText: string) => Prepared {
  const known = new Map<string, Prepared>();
  return (sqlText) => {
    const found = known.get(sqlText);
    if (found !== undefined) return found;
    if (known.size >= MAX_STATEMENTS) known.clear();
    const statement = database.prepare(sqlText);
    const prepared = { statement, hasRows: statement.columns().length > 0 };
    known.set(sqlText, prepared);
    return prepared;
  };
}

/** Kysely types rows by the query, the driver cannot: rows are taken to be what the statement selects. */
function areRowsOf<R>(rows: unknown): rows is R[] {
  return Array.isArray(rows);
}

function rowsOf<R>(statement: StatementSync, parameters: SQLInputValue[]): R[] {
  const rows: unknown = statement.all(...parameters);
  return areRowsOf<R>(rows) ? rows : [];
}

function createConnection(database: DatabaseSync): DatabaseConnection {
  const prepare = createPrepare(database);
  return {
    executeQuery: <R>(query: { sql: string; parameters: readonly unknown[] }): Promise<QueryResult<R>> => {
      const { statement, hasRows } = prepare(query.sql);
      const parameters = query.parameters.map(sqlValue);
      if (hasRows) return Promise.resolve({ rows: rowsOf<R>(statement, parameters) });
      const { changes } = statement.run(...parameters);
      return Promise.resolve({ rows: [], numAffectedRows: BigInt(changes) });
    },
    streamQuery: () => {
      throw new Error("the ledger does not stream");
    },
  };
}

const nothing = () => Promise.resolve();
const refuse = () => Promise.reject(new Error("only the writer opens transactions"));

function createDriver(database: DatabaseSync): Driver {
  const connection = createConnection(database);
  return {
    init: nothing,
    acquireConnection: () => Promise.resolve(connection),
    releaseConnection: nothing,
    beginTransaction: refuse,
    commitTransaction: refuse,
    rollbackTransaction: refuse,
    destroy: nothing,
  };
}

/** Typed statements over one open SQLite connection; the caller keeps and closes that connection. */
export function createDb(database: DatabaseSync): Db {
  return new Kysely<DB>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => createDriver(database),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}
