import type { Json } from "@thor/domain/json";
import type { EventSource, Provider, QueuedEvent, Refs } from "@thor/domain/queue";
import { z } from "zod";

import { count, ERROR_CHARS, fence, json, line, MAX_PAYLOAD, name, rowId, timeMs, ttlMs, words } from "./field.ts";
import { Promises } from "./outbox.ts";

const EVENT_STATES = ["ready", "claimed", "done", "dropped", "cancelled", "discarded", "dead"] as const;
export type EventState = (typeof EVENT_STATES)[number];
export const LANE_STATUSES = ["idle", "waiting", "held", "backoff", "busy", "stopped"] as const;
export type LaneStatus = (typeof LANE_STATUSES)[number];

const held = { lane: name, fence };
const reason = line(200);
const eventIds = z.array(rowId).max(200);

export const ClaimEventsInput = z.strictObject({
  holder: name,
  max: z.number().int().min(0).max(256),
  batchMax: z.number().int().min(1).max(200),
  ttlMs,
});
export type ClaimEventsInput = z.input<typeof ClaimEventsInput>;
export const RenewInput = z.strictObject({ queue: z.enum(["events", "outbox"]), ...held, ttlMs });

export const PlanInput = z.strictObject({
  ...held,
  /** Gates that a look-up has opened. */
  opens: eventIds.optional(),
  drops: z.array(z.strictObject({ id: rowId, reason, scrub: z.boolean() })).max(200),
  deads: z.array(z.strictObject({ id: rowId, reason })).max(200),
  reroutes: z
    .array(
      z.strictObject({
        id: rowId,
        correlationKey: name,
        bind: z.enum(["anchor", "none"]),
        payload: json(MAX_PAYLOAD).optional(),
      }),
    )
    .max(200),
  waits: z.array(z.strictObject({ id: rowId, notBefore: timeMs, error: words(ERROR_CHARS).optional() })).max(200),
  outbox: Promises.optional(),
});
export type Plan = z.output<typeof PlanInput>;

export const BeginDispatchInput = z.strictObject({ ...held, dispatchId: rowId, eventIds, anchorId: rowId });

const ClaimResult = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("accepted"), triggerId: rowId }),
  z.strictObject({ kind: z.literal("busy"), pollAt: timeMs }),
  z.strictObject({
    kind: z.literal("failed"),
    error: words(ERROR_CHARS),
    permanent: z.boolean(),
    retryAfterMs: count.optional(),
  }),
  z.strictObject({ kind: z.literal("unknown"), error: words(ERROR_CHARS) }),
  /** Given back unused, e.g. at shutdown: due at once, no attempt counted. */
  z.strictObject({ kind: z.literal("released") }),
]);
export const SettleInput = z.strictObject({
  ...held,
  result: ClaimResult,
  /** Written in the same transaction for each event that dies here. */
  onDead: z
    .array(z.strictObject({ eventId: rowId, promises: Promises }))
    .max(200)
    .optional(),
  /** Written in the same transaction, whatever the result. */
  outbox: Promises.optional(),
});
export type SettleInput = z.input<typeof SettleInput>;
export type Settlement = z.output<typeof SettleInput>;
export type Settled =
  | { kind: "settled"; status: LaneStatus; dueAt?: number | undefined; dead: string[] }
  | { kind: "lost" };

export const StopLaneInput = z.strictObject({ anchorId: rowId, triggerId: rowId.optional(), by: name, reason });
export const ResumeLaneInput = z.strictObject({ anchorId: rowId, by: name });
export const ExpediteInput = z.strictObject({ eventId: rowId, by: name, version: count });
export const VersionedInput = z.strictObject({
  items: z.array(z.strictObject({ id: rowId, version: count })).max(100),
  by: name,
  reason,
});
/** How an action on many rows ended for each of them. */
export interface PerItem {
  done: string[];
  changed: string[];
  skipped: { id: string; why: string }[];
}

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

/** A delivery that woke nobody. */
export interface IgnoredRow {
  provider: Provider;
  key: string;
  eventType: string;
  action?: string | undefined;
  reason?: string | undefined;
  refs: Refs;
  at: number;
  /** How often it came again. */
  repeats: number;
}

/** An event as lists show it: no words of a person, and one sentence that explains where it stands. */
export interface EventRow extends Omit<QueuedEvent, "payload" | "refs"> {
  lane: string;
  laneStatus?: LaneStatus | undefined;
  laneDueAt?: number | undefined;
  state: EventState;
  version: number;
  notBefore: number;
  lastError?: string | undefined;
  reason?: string | undefined;
  triggerId?: string | undefined;
  settledAt?: number | undefined;
  refs: Refs;
  explained: string;
}
export interface EventDetail extends EventRow {
  payload?: Json | undefined;
  history: { n: number; at: number; tookMs: number; result: string; error?: string | undefined }[];
}
export interface EventFilter {
  state?: EventState | undefined;
  laneStatus?: readonly LaneStatus[] | undefined;
  lane?: string | undefined;
  source?: EventSource | undefined;
  anchorId?: string | undefined;
  reason?: string | undefined;
  limit: number;
  after?: string | undefined;
}
