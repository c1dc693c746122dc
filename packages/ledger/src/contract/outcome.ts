import type { AuditInput } from "./evidence.ts";

/** Who asked for a write and why; what came of it is added when it is known. */
export type Proof = Omit<AuditInput, "decision">;

/** Nothing was written; the caller may try again. */
export type LedgerFault = { kind: "overloaded" } | { kind: "unavailable"; error: string };
/**
 * A write that resolves after its commit. What a person asked for on a page brings its proof: the row of evidence is
 * of the same transaction, with the outcome as its decision.
 */
export type Write<Input, Outcome> = (input: Input, proof?: Proof) => Promise<Outcome | LedgerFault>;

/** One page of a list, newest first unless said; `next` continues it. */
export interface Page<Row> {
  rows: Row[];
  next?: string | undefined;
}
