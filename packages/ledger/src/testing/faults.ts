/** What can go wrong with a SQLite ledger file, done by another process. */
import { DatabaseSync } from "node:sqlite";

/** Waits for its turn, as every well-behaved process does. */
const open = (path: string) => new DatabaseSync(path, { timeout: 10_000 });

/** Takes the write lock and does not let go: nobody can write until it is released. Answers how to release it. */
export function holdWrites(path: string): () => void {
  const database = open(path);
  database.exec("begin immediate");
  return () => {
    database.exec("rollback");
    database.close();
  };
}

/** Leaves a ledger whose events nobody can read or write any more. */
export function takeEventsAway(path: string): void {
  const database = open(path);
  database.exec("alter table events rename to taken_away");
  database.close();
}

/** Changes the newest row of the audit behind everybody's back. */
export function forgeAudit(path: string): void {
  const database = open(path);
  database.exec("update audit set actor = 'somebody else' where seq = (select max(seq) from audit)");
  database.close();
}
