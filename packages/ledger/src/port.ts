/**
 * Every verb of the ledger, as services ask for it. Flows pick from `Ledger`; nothing here can do anything.
 * Writes resolve after their commit; reads see everything that resolved before them.
 */
import type { LedgerFault } from "./contract/outcome.ts";
import type { Topic } from "./contract/topic.ts";
import type { Reads } from "./reads/catalogue.ts";
import type { WriterStats } from "./writer/client.ts";
import type { WriteVerbs } from "./writer/verbs.ts";

export type { Claim, Refs } from "@thor/domain/queue";
export type { Approval, Grant } from "./contract/approvals.ts";
export type { AdmitInput } from "./contract/admission.ts";
export type { AuditInput } from "./contract/evidence.ts";
export type { AliasBound, Session } from "./contract/identity.ts";
export type { LedgerFault } from "./contract/outcome.ts";
export type { PromiseClaim, PromiseItem, SendResult } from "./contract/outbox.ts";
export type { EventRow } from "./contract/queue.ts";
export type { ProgressMessage, Run, StepInput } from "./contract/runs.ts";
export type { Reads } from "./reads/catalogue.ts";
export type { ConversationRow } from "./reads/conversations.ts";
export type { Card } from "./contract/approvals.ts";

/** The whole ledger. A service takes only the verbs it needs: `Pick<Ledger, "admit" | "settle">`. */
export interface Ledger extends WriteVerbs, Reads {
  /** Calls `fn` soon after a row of one of these topics changed, in any process; a hint, never a promise. */
  watch: (topics: readonly Topic[], fn: () => void) => () => void;
  /** Several reads of one moment. */
  snapshot: <T>(look: (reads: Reads) => Promise<T>) => Promise<T>;
  /** Expires, prunes and repairs what is due; run under the `sweeper` lease. */
  sweep: () => Promise<{ kind: "swept"; removed: number } | { kind: "not_mine" } | LedgerFault>;
  /** Whether the store can be written right now; which schema it has, and how many bytes wait in its write-ahead log. */
  probe: () => Promise<{ kind: "ok"; schema: number; walBytes: number } | LedgerFault>;
  /** What the writer of this process has done so far. */
  writerStats: () => WriterStats;
  close: () => Promise<void>;
}
