/** The plain statements that most writes are made of, by key; their SQL is built once per shape, not once per call. */
import { CompiledQuery, type Insertable } from "kysely";

import type { Db, DB, Row } from "../schema.ts";

type Table = keyof DB;
type Key<T extends Table> = { readonly [Column in keyof Row<T>]?: Row<T>[Column] };
type Changes<T extends Table> = { readonly [Column in keyof Row<T>]?: Row<T>[Column] | undefined };

const texts = new Map<string, string>();

function textOf(shape: string, build: () => string): string {
  const known = texts.get(shape);
  if (known !== undefined) return known;
  const text = build();
  texts.set(shape, text);
  return text;
}

const quoted = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(", ");
const equal = (columns: readonly string[], glue: string) => columns.map((column) => `"${column}" = ?`).join(glue);

/** Inserts a row; with `ignore` a row that is there already stays. Says whether it was inserted. */
export async function insertRow<T extends Table>(
  tx: Db,
  table: T,
  { row, ignore = false }: { row: Insertable<DB[T]>; ignore?: boolean },
): Promise<boolean> {
  const columns = Object.keys(row);
  const text = textOf(`insert ${table} ${ignore} ${columns.join()}`, () => {
    const places = columns.map(() => "?").join(", ");
    return `insert into "${table}" (${quoted(columns)}) values (${places})${ignore ? " on conflict do nothing" : ""}`;
  });
  const { numAffectedRows } = await tx.executeQuery(CompiledQuery.raw(text, Object.values(row)));
  return numAffectedRows === 1n;
}

/** Finds the row of a key. */
export async function findRow<T extends Table>(tx: Db, table: T, key: Key<T>): Promise<Row<T> | undefined> {
  const columns = Object.keys(key);
  const text = textOf(
    `find ${table} ${columns.join()}`,
    () => `select * from "${table}" where ${equal(columns, " and ")}`,
  );
  const query: CompiledQuery<Row<T>> = CompiledQuery.raw(text, Object.values(key));
  const { rows } = await tx.executeQuery(query);
  return rows[0];
}

/** Changes the row of a key; what is undefined stays. Says whether there was one. */
export async function patchRow<T extends Table>(
  tx: Db,
  table: T,
  { key, set }: { key: Key<T>; set: Changes<T> },
): Promise<boolean> {
  const given = Object.entries(set).filter(([, value]) => value !== undefined);
  const columns = given.map(([column]) => column);
  const keys = Object.keys(key);
  const text = textOf(
    `patch ${table} ${columns.join()} ${keys.join()}`,
    () => `update "${table}" set ${equal(columns, ", ")} where ${equal(keys, " and ")}`,
  );
  const values = given.map(([, value]) => value);
  const { numAffectedRows } = await tx.executeQuery(CompiledQuery.raw(text, [...values, ...Object.values(key)]));
  return numAffectedRows !== 0n;
}

/** Deletes the row of a key. */
export async function deleteRow<T extends Table>(tx: Db, table: T, key: Key<T>): Promise<void> {
  const columns = Object.keys(key);
  const text = textOf(
    `delete ${table} ${columns.join()}`,
    () => `delete from "${table}" where ${equal(columns, " and ")}`,
  );
  await tx.executeQuery(CompiledQuery.raw(text, Object.values(key)));
}
