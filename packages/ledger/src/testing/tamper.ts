/** What nobody may do: a change of the evidence behind the ledger's back. */
import { DatabaseSync } from "node:sqlite";

/** Rewrites one line of the audit chain in a database file. */
export function tamperWithAudit(path: string, seq: number): void {
  const database = new DatabaseSync(path, { timeout: 10_000 });
  database.prepare("update audit set target = 'other' where seq = ?").run(seq);
  database.close();
}
