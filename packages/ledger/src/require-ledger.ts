import { StartRefused } from "@thor/kit/run-service";

import { openLedger, type OpenLedgerOptions } from "./open.ts";
import type { Ledger } from "./port.ts";

/** What a supervisor reads as "no restart will help": the ledger is newer than the code, or was changed by hand. */
const NEVER = 78;

/** Opens the ledger of a service that does not start without it. */
export async function requireLedger(options: Omit<OpenLedgerOptions, "instance">): Promise<Ledger> {
  const opened = await openLedger({ ...options, instance: String(process.pid) });
  if (opened.kind === "opened") return opened.ledger;
  throw new StartRefused(`ledger: ${opened.kind}`, opened.kind === "unavailable" ? 1 : NEVER);
}
