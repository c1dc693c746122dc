/** Several reads of one moment, on a connection of their own so that other reads never see the past. */
import type { DatabaseSync } from "node:sqlite";

import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";

import { createDb } from "../dialect.ts";
import { openDatabase } from "../settings.ts";
import { createReads, type Reads } from "./catalogue.ts";

/** One snapshot at a time; the connection opens with the first. */
export function createSnapshot(path: string) {
  const inOrder = createKeyedMutex();
  let opened: { database: DatabaseSync; reads: Reads } | undefined;
  const open = () => {
    const database = openDatabase(path, "read");
    return { database, reads: createReads(createDb(database)) };
  };
  return {
    snapshot: <T>(look: (reads: Reads) => Promise<T>): Promise<T> =>
      inOrder("snapshot", async () => {
        opened ??= open();
        opened.database.exec("begin");
        try {
          return await look(opened.reads);
        } finally {
          opened.database.exec("commit");
        }
      }),
    close: () => opened?.database.close(),
  };
}
