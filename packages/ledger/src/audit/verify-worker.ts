/** The program of the thread that walks the chain: a connection of its own, one answer. */
import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";

import { z } from "zod";

import { createDb } from "../dialect.ts";
import { verifyAudit } from "./verify.ts";

const Asked = z.object({
  path: z.string(),
  secret: z.string(),
  previous: z.array(z.string()),
  expect: z.object({ seq: z.number(), hash: z.string() }).optional(),
});

const { path, ...options } = Asked.parse(workerData);
const database = new DatabaseSync(path, { readOnly: true });
const verified = await verifyAudit(createDb(database), options);
database.close();
parentPort?.postMessage(verified, []);
