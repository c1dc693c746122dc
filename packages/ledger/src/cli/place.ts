/** What every command is given: the file, the secret, where to write. */
import { DatabaseSync } from "node:sqlite";

import { openLedger } from "../open.ts";
import type { Ledger } from "../port.ts";

export interface CommandEnv {
  path: string;
  secret: string;
  previous: string[];
  now: () => number;
  out: (line: string) => void;
  err: (line: string) => void;
}
/** A verb of the command line; answers the exit code. */
export type Command = (env: CommandEnv, args: string[]) => Promise<number>;

/** Looks at the database without being able to change it. */
export async function withDatabase<T>(path: string, look: (database: DatabaseSync) => Promise<T>): Promise<T> {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec("pragma busy_timeout = 5000");
  try {
    return await look(database);
  } finally {
    database.close();
  }
}

/** Opens the ledger for the time of one command. */
export async function withLedger(env: CommandEnv, work: (ledger: Ledger) => Promise<number>): Promise<number> {
  const { path, secret } = env;
  const opened = await openLedger({ url: `sqlite:${path}`, service: "cli", instance: `cli-${process.pid}`, secret });
  if (opened.kind !== "opened") {
    env.err(`the ledger does not open: ${JSON.stringify(opened)}`);
    return opened.kind === "schema_newer" || opened.kind === "migration_changed" ? 78 : 2;
  }
  try {
    return await work(opened.ledger);
  } finally {
    await opened.ledger.close();
  }
}

/** Who acts, in the audit row of a command. */
export const operator = () => "cli";
