/** A ledger on a file that lives as long as the running test. */
import { join } from "node:path";

import { createTestClock } from "@thor/kit/testing/clock";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { onTestFinished } from "vitest";

import { openLedger, type OpenLedgerOptions } from "../open.ts";
import type { Ledger } from "../port.ts";

export const TEST_SECRET = "an internal secret of a test 32 chars+";

/** Opens a ledger for one test; with a clock of its own unless one is handed in, so that nothing depends on real time. */
export async function openTempLedger(options: Partial<OpenLedgerOptions> & { path?: string } = {}): Promise<Ledger> {
  const { path = join(tempDir(), "data", "thor.db"), ...rest } = options;
  const opened = await openLedger({
    url: `sqlite:${path}`,
    service: "test",
    instance: "one",
    secret: TEST_SECRET,
    clock: createTestClock(),
    ...rest,
  });
  if (opened.kind !== "opened") throw new Error(`the ledger did not open: ${JSON.stringify(opened)}`);
  onTestFinished(() => opened.ledger.close());
  return opened.ledger;
}
