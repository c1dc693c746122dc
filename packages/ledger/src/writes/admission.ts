/** What comes in: remembered, deduped, and queued in one transaction. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";

import {
  AdmitInput,
  type Admission,
  type Admitted,
  AmendInput,
  CancelInput,
  ClickInput,
  IgnoredInput,
  type NotReady,
} from "../contract/admission.ts";
import type { PromiseState } from "../contract/outbox.ts";
import { afterEdit } from "../pure/lane-windows.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { findOrMint, touchAnchor } from "./anchor-row.ts";
import { type EventRow, endEvent, insertEvent } from "./event-row.ts";
import { withoutPending } from "./lane-rest.ts";
import { loadLane, saveLane } from "./lane-row.ts";
import { insertPromise, insertPromises } from "./promise-row.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

const REMEMBERED_MS = 30 * 24 * 3_600_000;

interface DeliveryKey {
  provider: Admission["provider"];
  kind: "delivery" | "message";
  key: string;
}
interface Remembered extends DeliveryKey {
  outcome: "accepted" | "ignored";
  eventId: string | null;
  reason: string | null;
  from: { eventType: string; action?: string | undefined; refs: string };
}

/** Inserts a dedupe row; false when the key is known already. */
async function remember(tx: Db, now: number, row: Remembered): Promise<boolean> {
  const { provider, kind, key, outcome, from } = row;
  return insertRow(tx, "deliveries", {
    row: {
      provider,
      kind,
      key,
      event_id: row.eventId,
      outcome,
      reason: row.reason,
      event_type: from.eventType,
      action: from.action ?? null,
      refs: from.refs,
      at: now,
      expires_at: now + REMEMBERED_MS,
    },
    ignore: true,
  });
}

const deliveryOf = (tx: Db, { provider, kind, key }: DeliveryKey) => findRow(tx, "deliveries", { provider, kind, key });

async function setDelivery(
  tx: Db,
  { provider, kind, key }: DeliveryKey,
  set: { event_id: string | null; outcome: "accepted" | "ignored"; reason: string | null } | { repeats: number },
): Promise<void> {
  await patchRow(tx, "deliveries", { key: { provider, kind, key }, set });
}

const expect = <T>(value: T | undefined, what: string): T => {
  if (value === undefined) throw new Error(`${what} vanished`);
  return value;
};

async function claimKeys(tx: Db, now: number, input: Admission & { eventId: string }): Promise<Admitted | undefined> {
  const { provider, eventId } = input;
  const delivery: DeliveryKey = { provider, kind: "delivery", key: input.deliveryKey };
  const row = { outcome: "accepted" as const, eventId, reason: null, from: input };
  if (!(await remember(tx, now, { ...row, ...delivery }))) {
    const known = expect(await deliveryOf(tx, delivery), "a delivery row");
    if (known.event_id !== null) {
      await setDelivery(tx, delivery, { repeats: known.repeats + 1 });
      return { kind: "duplicate", by: "delivery", eventId: known.event_id };
    }
    await setDelivery(tx, delivery, { event_id: eventId, outcome: "accepted", reason: null });
  }
  if (input.messageKey === undefined) return undefined;
  const message: DeliveryKey = { provider, kind: "message", key: input.messageKey };
  if (await remember(tx, now, { ...row, ...message })) return undefined;
  const known = expect(await deliveryOf(tx, message), "a message row");
  await setDelivery(tx, message, { repeats: known.repeats + 1 });
  await setDelivery(tx, delivery, { event_id: null, outcome: "ignored", reason: "duplicate_message" });
  return { kind: "duplicate", by: "message", eventId: known.event_id ?? undefined };
}

async function anchorFor(tx: Db, context: WriteContext, event: Admission["event"]): Promise<string | undefined> {
  if (event.anchorId !== undefined) {
    await touchAnchor(tx, event.anchorId, context.now);
    return event.anchorId;
  }
  if (event.bind === "none" || parseCorrelationKey(event.correlationKey).kind !== "bindable") return undefined;
  const { anchorId } = await findOrMint(tx, context, { source: event.source, key: event.correlationKey });
  return anchorId;
}

/** Stores one delivery and queues its event, or tells which earlier one it repeats. */
export async function admitEvent(tx: Db, input: Admission, context: WriteContext): Promise<Admitted> {
  const eventId = context.newId();
  const duplicate = await claimKeys(tx, context.now, { ...input, eventId });
  if (duplicate !== undefined) return duplicate;
  const anchorId = await anchorFor(tx, context, input.event);
  const queued = await insertEvent(tx, context, { id: eventId, event: input.event, refs: input.refs, anchorId });
  await insertPromises(tx, context, input.outbox);
  return { kind: "accepted", eventId, ...(anchorId === undefined ? {} : { anchorId }), ...queued };
}

/** An inbound request becomes a queued event; the sender may be told so once this resolves. */
export const admit = defineWrite(AdmitInput, admitEvent);

/** Remembers why a delivery was left alone. */
export const recordIgnored = defineWrite(IgnoredInput, async (tx, input, { now }) => {
  const { provider, deliveryKey, reason } = input;
  const delivery: DeliveryKey = { provider, kind: "delivery", key: deliveryKey };
  if (await remember(tx, now, { ...delivery, outcome: "ignored", eventId: null, reason, from: input })) {
    return { kind: "recorded" as const };
  }
  const known = expect(await deliveryOf(tx, delivery), "a delivery row");
  await setDelivery(tx, delivery, { repeats: known.repeats + 1 });
  return { kind: "duplicate" as const };
});

type ClickRecorded = { kind: "recorded"; id: string } | { kind: "exists"; id: string; state: PromiseState };

/** A press of a button is a promise before it is acknowledged. */
export const recordClick = defineWrite(ClickInput, async (tx, { promise, refs }, context): Promise<ClickRecorded> => {
  const enqueued = await insertPromise(tx, context, promise);
  if (enqueued.kind === "exists") return { kind: "exists", id: enqueued.row.id, state: enqueued.row.state };
  const from = { eventType: promise.kind, refs };
  const key = enqueued.id;
  await remember(tx, context.now, {
    provider: "slack",
    kind: "delivery",
    key,
    outcome: "accepted",
    eventId: null,
    reason: "click",
    from,
  });
  return { kind: "recorded", id: enqueued.id };
});

async function readyEvent(tx: Db, key: DeliveryKey): Promise<{ kind: "ready"; event: EventRow } | NotReady> {
  const delivery = await deliveryOf(tx, key);
  if (delivery === undefined || delivery.event_id === null) return { kind: "unknown" };
  const event = await findRow(tx, "events", { id: delivery.event_id });
  if (event === undefined) return { kind: "unknown" };
  return event.state === "ready" ? { kind: "ready", event } : { kind: "not_ready", state: event.state };
}

type Amended = { kind: "amended"; eventId: string; rev: number } | NotReady;

/** A message was edited while it still waits: the new text replaces the old one, and the quiet window starts again. */
export const amendReady = defineWrite(AmendInput, async (tx, input, context): Promise<Amended> => {
  const found = await readyEvent(tx, { provider: input.provider, kind: "message", key: input.messageKey });
  if (found.kind !== "ready") return found;
  const { event } = found;
  const urgent = event.urgent === 1 || input.addFlags?.includes("urgent") === true;
  const interrupt = event.interrupt === 1 || input.addFlags?.includes("interrupt") === true;
  const rev = event.payload_rev + 1;
  await patchRow(tx, "events", {
    key: { id: event.id },
    set: {
      payload: input.payload,
      payload_rev: rev,
      payload_bytes: Buffer.byteLength(input.payload),
      urgent: urgent ? 1 : 0,
      interrupt: interrupt ? 1 : 0,
      version: event.version + 1,
    },
  });
  const before = expect(await loadLane(tx, "events", event.lane), "a lane");
  const arrival = { at: context.now, human: event.human === 1, urgent, interrupt };
  await saveLane(tx, context, { before, after: { ...before, ...afterEdit(before, arrival, context.limits) } });
  return { kind: "amended", eventId: event.id, rev };
});

type Cancelled = { kind: "cancelled"; eventId: string } | NotReady;

/** A message was deleted while it still waits: it will not travel. */
export const cancelReady = defineWrite(CancelInput, async (tx, input, context): Promise<Cancelled> => {
  const found = await readyEvent(tx, { provider: input.provider, kind: "message", key: input.messageKey });
  if (found.kind !== "ready") return found;
  const { event } = found;
  await endEvent(tx, context, { event, state: "cancelled", reason: input.reason, scrub: true });
  const before = expect(await loadLane(tx, "events", event.lane), "a lane");
  await saveLane(tx, context, { before, after: withoutPending(before, 1) });
  return { kind: "cancelled", eventId: event.id };
});
