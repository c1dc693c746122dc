/** Walks the audit chain beside everything else, so that nobody waits for a million rows. */
import { Worker } from "node:worker_threads";

import type { AuditVerified, VerifyAudit } from "./verify.ts";

const THREAD = new URL("./verify-worker.ts", import.meta.url);

export type ChainQuestion = Pick<VerifyAudit, "secret" | "expect"> & { path: string; previous: readonly string[] };

/** Verifies a database file's chain in a thread; fails when the file cannot be read or the time is over. */
export function verifyInThread(question: ChainQuestion, limitMs: number): Promise<AuditVerified> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(THREAD, { workerData: question, resourceLimits: { maxOldGenerationSizeMb: 96 } });
    const timer = setTimeout(() => {
      void worker.terminate();
      reject(new Error("verifying took too long"));
    }, limitMs);
    worker.once("message", (verified: AuditVerified) => resolve(verified));
    worker.once("error", reject);
    worker.once("exit", () => {
      clearTimeout(timer);
      reject(new Error("the verifier ended without an answer"));
    });
  });
}
