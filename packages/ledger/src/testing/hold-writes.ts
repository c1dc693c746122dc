/** Another process's transaction that does not end: nobody can write until it is let go. */
import { DatabaseSync } from "node:sqlite";

/** Takes the write lock of a SQLite ledger file; answers how to release it. */
export function holdWrites(path: string): () => void {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  database.exec("begin immediate");
  return () => {
    database.exec("rollback");
    database.close();
  };
}
