/** One store for everything a simulator remembers: rows in memory, written through to SQLite, so `kill -9` loses nothing. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import type { z } from "zod";

export interface Collection<Row> {
  get: (id: string) => Row | undefined;
  put: (id: string, row: Row) => Row;
  remove: (id: string) => void;
  /** All rows in the order in which they were first put. */
  all: () => Row[];
}

export interface Store {
  collection: <Row>(name: string, schema: z.ZodType<Row>) => Collection<Row>;
  close: () => void;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS rows (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    collection TEXT NOT NULL,
    id TEXT NOT NULL,
    json TEXT NOT NULL,
    UNIQUE (collection, id)
  )`;
const PUT = `
  INSERT INTO rows (collection, id, json) VALUES (?, ?, ?)
  ON CONFLICT (collection, id) DO UPDATE SET json = excluded.json`;

/** Opens the world's file in a directory, or a world in memory without one. */
export function openStore(directory: string | undefined): Store {
  if (directory !== undefined) mkdirSync(directory, { recursive: true, mode: 0o700 });
  const db = new DatabaseSync(directory === undefined ? ":memory:" : join(directory, "world.db"));
  // A killed process loses nothing without fsync; only a machine that loses power could, and a world can be made anew.
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF; PRAGMA busy_timeout = 5000;");
  db.exec(SCHEMA);
  const [put, remove] = [db.prepare(PUT), db.prepare("DELETE FROM rows WHERE collection = ? AND id = ?")];
  const read = db.prepare("SELECT id, json FROM rows WHERE collection = ? ORDER BY seq");
  return {
    collection: (name, schema) => {
      const rows = new Map(
        read.all(name).map(({ id, json }) => [String(id), schema.parse(JSON.parse(String(json)))] as const),
      );
      return {
        get: (id) => rows.get(id),
        put: (id, row) => {
          rows.set(id, row);
          if (db.isOpen) put.run(name, id, JSON.stringify(row));
          return row;
        },
        remove: (id) => {
          rows.delete(id);
          if (db.isOpen) remove.run(name, id);
        },
        all: () => [...rows.values()],
      };
    },
    // An answer that arrives after closing changes memory only.
    close: () => db.close(),
  };
}
