/**
 * Every verb of the ledger, as services ask for it. Flows pick from `Ledger`; nothing here can do anything.
 * Writes resolve after their commit; reads see everything that resolved before them.
 */
import type { Actor } from "@thor/domain/actor";
import type { AliasType } from "@thor/domain/alias";
import type { ReplyTarget } from "@thor/domain/reply-target";
import type { EndedRunStatus, OpenRunStatus, RunCause, RunStatus } from "@thor/domain/run";
import type { Json } from "@thor/domain/json";
import type {
  Claim,
  ClaimResult,
  EventActors,
  EventSource,
  NewPromise,
  PlanInput,
  Provider,
  Refs,
} from "@thor/domain/queue";

export type { Claim, ClaimResult, EventActors, EventSource, Json, NewPromise, PlanInput, Provider, Refs };

/** Nothing was written; the caller may try again. */
export type LedgerFault = { kind: "overloaded" } | { kind: "unavailable"; error: string };
type Write<Input, Outcome> = (input: Input) => Promise<Outcome | LedgerFault>;
type Read<Input, Row> = (input: Input) => Promise<Row>;

// ---- outbox ----

export interface PromiseItem {
  id: string;
  kind: string;
  stream: string;
  dedupeKey: string;
  payload: Json;
  anchorId?: string | undefined;
  triggerId?: string | undefined;
  attempts: number;
  createdAt: number;
  /** An earlier holder died with it in hand, or a send had an unknown end: ask the other side before sending. */
  maybeSent: boolean;
}
export interface PromiseClaim {
  stream: string;
  fence: number;
  item: PromiseItem;
}
export type SendResult =
  | { kind: "sent"; result?: Json | undefined }
  | { kind: "retry"; notBefore: number; error: string }
  | { kind: "unknown"; notBefore: number; error: string }
  | { kind: "failed"; error: string };
export type PromiseState = "pending" | "claimed" | "done" | "failed" | "held";

// ---- admission ----

export interface AdmitInput {
  provider: Provider;
  deliveryKey: string;
  messageKey?: string | undefined;
  eventType: string;
  action?: string | undefined;
  refs: Refs;
  event: {
    source: EventSource;
    kind: string;
    correlationKey: string;
    bind: "anchor" | "none";
    lane?: string | undefined;
    human: boolean;
    urgent: boolean;
    interrupt: boolean;
    solo?: boolean | undefined;
    gate: "open" | "pending";
    actors: EventActors;
    externalAuthor: boolean;
    sourceAt: number;
    payload: Json;
  };
  outbox?: NewPromise[] | undefined;
}
export type Admitted =
  | { kind: "accepted"; eventId: string; anchorId?: string | undefined; lane: string; dueAt: number }
  | { kind: "duplicate"; by: "delivery" | "message"; eventId?: string | undefined };

export interface IgnoredInput {
  provider: Provider;
  deliveryKey: string;
  reason: string;
  eventType: string;
  action?: string | undefined;
  refs: Refs;
}
export type NotReady = { kind: "not_ready"; state: string } | { kind: "unknown" };
export type Engagement = { engaged: false } | { engaged: true; anchorId: string; muted: boolean };

// ---- queue ----

export interface ClaimEventsInput {
  holder: string;
  max: number;
  batchMax: number;
  ttlMs: number;
}
export interface SettleInput {
  lane: string;
  fence: number;
  result: ClaimResult;
  /** Written in the same transaction for each event that dies here. */
  onDead?: { eventId: string; promises: NewPromise[] }[] | undefined;
  /** Written in the same transaction, whatever the result. */
  outbox?: NewPromise[] | undefined;
}
export type Settled =
  | { kind: "settled"; status: LaneStatus; dueAt?: number | undefined; dead: string[] }
  | { kind: "lost" };
export type LaneStatus = "idle" | "waiting" | "held" | "backoff" | "busy" | "stopped";

// ---- runs ----

export interface RunTotals {
  tools?: number | undefined;
  errors?: number | undefined;
  tokensInput?: number | undefined;
  tokensOutput?: number | undefined;
  tokensReasoning?: number | undefined;
  tokensCacheRead?: number | undefined;
  tokensCacheWrite?: number | undefined;
  costMicros?: number | undefined;
  unpricedTokens?: number | undefined;
}
export interface OpenTriggerInput {
  dispatchId: string;
  lane: string;
  fence: number;
  triggerId: string;
  anchorId: string;
  sessionId: string;
  source: string;
  correlationKey?: string | undefined;
  requesters: Actor[];
  replyTo?: ReplyTarget | undefined;
  prompt: string;
  promptMessageId: string;
  promptPartId: string;
  interrupt: boolean;
  holder: string;
  revs?: Json | undefined;
}
export type TriggerOpened =
  | { kind: "opened"; triggerId: string; runFence: number }
  | { kind: "already_open"; triggerId: string; sessionId?: string | undefined }
  | { kind: "busy"; triggerId: string }
  | { kind: "stale_fence" };
export interface OpenOwnTriggerInput {
  triggerId: string;
  anchorId: string;
  cause: Exclude<RunCause, "dispatch">;
  sessionId?: string | undefined;
  source: string;
  correlationKey?: string | undefined;
  promptMessageId: string;
  promptPartId?: string | undefined;
  prompt?: string | undefined;
  replyTo?: ReplyTarget | undefined;
  requesters: Actor[];
  holder: string;
}
export interface TriggerChanges {
  status?: OpenRunStatus | undefined;
  sessionId?: string | undefined;
  promptMessageId?: string | undefined;
  promptPartId?: string | undefined;
  prompt?: string | undefined;
  promptSentAt?: number | undefined;
  lastEventAt?: number | undefined;
  park?: Json | null | undefined;
  reason?: string | undefined;
  error?: string | undefined;
  revs?: Json | undefined;
  totals?: RunTotals | undefined;
}
export interface Run extends Required<{ [K in keyof RunTotals]: number }> {
  id: string;
  dispatchId: string;
  cause: RunCause;
  anchorId: string;
  sessionId?: string | undefined;
  source: string;
  correlationKey?: string | undefined;
  requesters: Actor[];
  replyTo?: ReplyTarget | undefined;
  status: RunStatus;
  prompt?: string | undefined;
  promptMessageId: string;
  promptPartId?: string | undefined;
  park?: Json | undefined;
  reason?: string | undefined;
  error?: string | undefined;
  revs?: Json | undefined;
  startedAt: number;
  promptSentAt?: number | undefined;
  lastEventAt?: number | undefined;
  endedAt?: number | undefined;
}
export interface StepInput {
  partId: string;
  sessionId: string;
  messageId: string;
  type: string;
  role?: string | undefined;
  /** Order of first sight within the run. */
  firstSeq: number;
  /** An older rev than the stored one is ignored. */
  rev: number;
  state: Json;
  truncated: boolean;
}
export interface Step extends StepInput {
  triggerId?: string | undefined;
  updatedAt: number;
}

// ---- identity ----

export interface Anchor {
  id: string;
  originSource: string;
  originKey: string;
  title?: string | undefined;
  repo?: string | undefined;
  directory?: string | undefined;
  muted: boolean;
  visibility: "open" | "gated";
  createdAt: number;
  lastActiveAt: number;
}
export interface Alias {
  type: AliasType;
  value: string;
  anchorId: string;
  source: string;
  createdAt: number;
}
export interface Session {
  id: string;
  anchorId: string;
  parentId?: string | undefined;
  kind: "main" | "sub";
  status: "active" | "superseded" | "lost";
  createdAt: number;
  endedAt?: number | undefined;
}
export type AliasBound =
  | { kind: "bound" }
  | { kind: "already_bound" }
  | { kind: "bound_elsewhere"; anchorId: string };

// ---- output, evidence ----

export interface ProgressMessage {
  triggerId: string;
  channel: string;
  threadTs: string;
  messageTs?: string | undefined;
  rev: number;
  digest: string;
  /** `live` while the run goes on, `final` after its last text, `gone` when somebody deleted it. */
  state: "live" | "final" | "gone";
}
export interface AuditInput {
  service: string;
  event: string;
  actorKind: "slack" | "github" | "admin" | "agent" | "service" | "system";
  actor: string;
  anchorId?: string | undefined;
  sessionId?: string | undefined;
  triggerId?: string | undefined;
  target: string;
  decision: string;
  rule?: string | undefined;
  policyRev?: string | undefined;
  reason?: string | undefined;
  argsDigest?: string | undefined;
  argsShape?: string | undefined;
  resultDigest?: string | undefined;
  resultBytes?: number | undefined;
  redactions?: number | undefined;
  durationMs?: number | undefined;
  costMicros?: number | undefined;
  requestId?: string | undefined;
  opId?: string | undefined;
  detail?: Readonly<Record<string, string | number>> | undefined;
}
export type LeaseTaken = { kind: "acquired"; fence: number } | { kind: "held"; holder: string; expiresAt: number };

/** Topics of the change feed that services wait for. */
export type Topic = "events" | "outbox" | "triggers" | "anchors" | "approvals" | "cards" | "settings" | "status";

export interface QueueStats {
  /** Events that are ready or claimed. */
  pending: number;
  claimed: number;
  lanes: Readonly<Record<LaneStatus, number>>;
  dead: number;
  oldestPendingReceivedAt?: number | undefined;
  /** The earliest due time of a lane that nobody holds and that waits for no run. */
  oldestDueAt?: number | undefined;
  outbox: { pending: number; failed: number; oldestCreatedAt?: number | undefined };
}

/** The whole ledger. A service takes only the verbs it needs: `Pick<Ledger, "admit" | "settle">`. */
export interface Ledger {
  // admission
  admit: Write<AdmitInput, Admitted>;
  recordIgnored: Write<IgnoredInput, { kind: "recorded" } | { kind: "duplicate" }>;
  recordClick: Write<
    { promise: NewPromise; refs: Refs },
    { kind: "recorded"; id: string } | { kind: "exists"; id: string; state: PromiseState }
  >;
  amendReady: Write<
    { provider: Provider; messageKey: string; payload: Json; addFlags?: ("urgent" | "interrupt")[] | undefined },
    { kind: "amended"; eventId: string; rev: number } | NotReady
  >;
  cancelReady: Write<
    { provider: Provider; messageKey: string; reason: string; by: string },
    { kind: "cancelled"; eventId: string } | NotReady
  >;
  engagement: Read<{ type: AliasType; value: string }, Engagement>;

  // queue
  claimEvents: Write<ClaimEventsInput, { kind: "claimed"; claims: Claim[]; nextDueAt?: number | undefined }>;
  claimOutbox: Write<
    { holder: string; max: number; ttlMs: number; streams: ("slack" | "github" | "click" | "approval" | "control")[] },
    { kind: "claimed"; claims: PromiseClaim[]; nextDueAt?: number | undefined }
  >;
  renew: Write<
    { queue: "events" | "outbox"; lane: string; fence: number; ttlMs: number },
    { kind: "renewed" } | { kind: "lost" }
  >;
  applyPlan: Write<PlanInput, { kind: "applied"; remaining: number } | { kind: "lost" }>;
  beginDispatch: Write<
    { lane: string; fence: number; dispatchId: string; eventIds: string[]; anchorId: string },
    { kind: "begun" } | { kind: "lost" }
  >;
  settle: Write<SettleInput, Settled>;
  stopLane: Write<
    { anchorId: string; triggerId?: string | undefined; by: string; reason: string },
    { kind: "stopped"; cancelled: number; kept: number; withdrawn: number; executing: number }
  >;
  resumeLane: Write<{ anchorId: string; by: string }, { kind: "done" } | { kind: "not_stopped" }>;
  replay: Write<
    { items: { id: string; version: number }[]; by: string; reason: string },
    { kind: "replayed"; done: string[]; changed: string[]; skipped: { id: string; why: string }[] }
  >;
  discard: Write<
    { items: { id: string; version: number }[]; by: string; reason: string },
    { kind: "discarded"; done: string[]; changed: string[]; skipped: { id: string; why: string }[] }
  >;
  queueStats: Read<void, QueueStats>;

  // runs
  openTrigger: Write<OpenTriggerInput, TriggerOpened>;
  openOwnTrigger: Write<
    OpenOwnTriggerInput,
    { kind: "opened"; runFence: number } | { kind: "busy"; triggerId: string }
  >;
  setTrigger: Write<
    { triggerId: string; runFence: number; set: TriggerChanges },
    { kind: "ok" } | { kind: "stale_fence" }
  >;
  upsertParts: Write<
    { triggerId: string; runFence: number; anchorId: string; parts: StepInput[] },
    { kind: "stored"; n: number; old: number } | { kind: "stale_fence" }
  >;
  closeTrigger: Write<
    {
      triggerId: string;
      runFence: number;
      status: EndedRunStatus;
      reason?: string | undefined;
      error?: string | undefined;
      totals?: RunTotals | undefined;
      /** Promises about how it ended, in the same transaction. */
      outbox?: NewPromise[] | undefined;
    },
    { kind: "closed" } | { kind: "already_closed" } | { kind: "stale_fence" }
  >;
  openTriggers: Read<void, Run[]>;
  triggersOf: Read<{ anchorId: string; limit: number }, Run[]>;
  triggerById: Read<{ triggerId: string }, Run | undefined>;
  triggerByDispatch: Read<{ dispatchId: string }, Run | undefined>;
  partsOf: Read<{ triggerId: string; afterSeq?: number | undefined; limit: number }, Step[]>;
  postedInThread: Read<{ triggerId: string; channel: string; threadTs: string }, boolean>;
  saveProgress: Write<ProgressMessage, { kind: "saved" } | { kind: "refused"; rev: number }>;
  progressOf: Read<{ triggerId: string }, ProgressMessage | undefined>;
  /** Control messages still `live` although their run has ended: left behind by a crash. */
  orphanedProgress: Read<{ limit: number }, ProgressMessage[]>;

  // identity
  anchorById: Read<{ anchorId: string }, Anchor | undefined>;
  anchorOf: Read<{ type: AliasType; value: string }, { kind: "known"; anchorId: string } | { kind: "unknown" }>;
  aliasesOf: Read<{ anchorId: string }, Alias[]>;
  mintAnchor: Write<
    { correlationKey: string; source: string },
    { kind: "minted"; anchorId: string } | { kind: "exists"; anchorId: string }
  >;
  bindAlias: Write<{ type: AliasType; value: string; anchorId: string; source: string }, AliasBound>;
  stampDirectory: Write<
    { anchorId: string; repo: string; directory: string; by: string },
    { kind: "stamped" } | { kind: "already"; repo: string; directory: string } | { kind: "unknown" }
  >;
  currentSession: Read<{ anchorId: string }, Session | undefined>;
  sessionById: Read<{ sessionId: string }, Session | undefined>;
  registerSession: Write<
    {
      id: string;
      anchorId: string;
      kind: "main" | "sub";
      parentId?: string | undefined;
      replaces?: string | undefined;
      why?: string | undefined;
    },
    { kind: "registered" } | { kind: "exists"; anchorId: string } | { kind: "conflict" }
  >;

  // leases
  acquireLease: Write<{ name: string; holder: string; ttlMs: number; note?: string | undefined }, LeaseTaken>;
  renewLease: Write<
    { name: string; holder: string; fence: number; ttlMs: number },
    { kind: "renewed" } | { kind: "lost" }
  >;
  releaseLease: Write<
    { name: string; holder: string; fence: number; note?: string | undefined },
    { kind: "released" } | { kind: "lost" }
  >;
  readLease: Read<{ name: string }, { holder?: string | undefined; fence: number; expiresAt: number } | undefined>;

  // outbox, evidence, operations
  enqueueOutbox: Write<
    NewPromise,
    { kind: "queued"; id: string } | { kind: "exists"; id: string; state: PromiseState; result?: Json | undefined }
  >;
  settleOutbox: Write<{ stream: string; fence: number; id: string; result: SendResult }, { kind: "settled" } | { kind: "lost" }>;
  promiseByKey: Read<
    { dedupeKey: string },
    { id: string; state: PromiseState; result?: Json | undefined } | undefined
  >;
  appendAudit: Write<AuditInput, { kind: "appended"; seq: number }>;
  heartbeat: Write<{ service: string; instance: string; detail: Json }, { kind: "ok" }>;
  setSetting: Write<{ key: string; value: Json; by: string }, { kind: "set" }>;
  /** Calls `fn` soon after a row of one of these topics changed, in any process; a hint, never a promise. */
  watch: (topics: readonly Topic[], fn: () => void) => () => void;
  /** Expires, prunes and repairs what is due; run under the `sweeper` lease. */
  sweep: () => Promise<{ kind: "swept"; removed: number } | { kind: "not_mine" } | LedgerFault>;
  /** Whether the store can be written right now. */
  probe: () => Promise<{ kind: "ok" } | LedgerFault>;
  close: () => Promise<void>;
}
