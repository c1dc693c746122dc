/** Nothing was written; the caller may try again. */
export type LedgerFault = { kind: "overloaded" } | { kind: "unavailable"; error: string };
/** A write that resolves after its commit. */
export type Write<Input, Outcome> = (input: Input) => Promise<Outcome | LedgerFault>;

/** One page of a list, newest first unless said; `next` continues it. */
export interface Page<Row> {
  rows: Row[];
  next?: string | undefined;
}
