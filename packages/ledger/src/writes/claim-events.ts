import type { Claim } from "@thor/domain/queue";

import { ClaimEventsInput } from "../contract/queue.ts";
import { dueNow, NO_WINDOWS } from "../pure/lane-windows.ts";
import { DISPATCH_PAUSED, isSwitchedOn } from "../pure/switch.ts";
import { eventOf } from "../reads/event-view.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { type EventRow, endEvent, recordAttempt, returnEvent } from "./event-row.ts";
import { restLane } from "./lane-rest.ts";
import { type Lane, saveLane } from "./lane-row.ts";
import { LIVE_EVENT } from "./live.ts";
import { findRow, patchRow } from "./row.ts";

interface Taking {
  holder: string;
  batchMax: number;
  ttlMs: number;
}

/** The events that a holder has in hand, oldest first. */
export async function inHand(tx: Db, lane: Lane): Promise<EventRow[]> {
  if (lane.in_hand === 0) return [];
  const events = tx.selectFrom("events").selectAll().where("lane", "=", lane.lane).where(LIVE_EVENT);
  return events
    .where("state", "=", "claimed")
    .where("fence", "=", lane.fence)
    .orderBy("source_at")
    .orderBy("id")
    .limit(lane.in_hand)
    .execute();
}

/** A holder that vanished with events in hand has cost each of them one attempt. */
async function takeBack(tx: Db, context: WriteContext, lane: Lane): Promise<{ lane: Lane; left: EventRow[] }> {
  const lost = await inHand(tx, lane);
  const left: EventRow[] = [];
  for (const event of lost) {
    await recordAttempt(tx, context, { event, since: lane.held_at, result: "holder_lost", error: "holder_lost" });
    if (event.attempts + 1 >= context.limits.retryMaxAttempts) {
      const reason = `gave up after ${event.attempts + 1} attempts: holder_lost`;
      await patchRow(tx, "events", { key: { id: event.id }, set: { attempts: event.attempts + 1 } });
      await endEvent(tx, context, { event, state: "dead", reason, error: "holder_lost" });
      continue;
    }
    const set = { attempts: event.attempts + 1, last_error: "holder_lost" };
    await returnEvent(tx, context, { event, set });
    left.push({ ...event, ...set, state: "ready", fence: null, version: event.version + 1 });
  }
  const pending = lane.pending - (lost.length - left.length);
  return { lane: { ...lane, pending, in_hand: 0, failures: lane.failures + 1 }, left };
}

/** The next batch: leftovers first, then by age; an event that travels alone comes alone. */
async function nextBatch(tx: Db, lane: string, take: { now: number; max: number; left: EventRow[] }) {
  const { now, max, left } = take;
  const ready = await tx
    .selectFrom("events")
    .selectAll()
    .where("lane", "=", lane)
    .where(LIVE_EVENT)
    .where("not_before", "<=", now)
    .orderBy("source_at")
    .orderBy("id")
    .limit(max + 1 + left.length)
    .execute();
  const first = new Set(left.map(({ id }) => id));
  const waiting = [...left.filter((one) => one.not_before <= now), ...ready.filter(({ id }) => !first.has(id))];
  const soloAt = waiting.findIndex(({ solo }) => solo === 1);
  const size = soloAt === -1 ? max : Math.max(1, Math.min(max, soloAt));
  return { batch: waiting.slice(0, size), more: waiting.length > size };
}

async function markClaimed(
  tx: Db,
  context: WriteContext,
  claimed: { batch: EventRow[]; fence: number },
): Promise<void> {
  const { batch, fence } = claimed;
  for (const { id, version } of batch) {
    const set = { state: "claimed" as const, fence, version: version + 1 };
    await patchRow(tx, "events", { key: { id: id }, set: set });
  }
  context.count("events.ready", -batch.length);
  context.count("events.claimed", batch.length);
}

async function claimLane(
  tx: Db,
  context: WriteContext,
  due: { before: Lane; take: Taking },
): Promise<Claim | undefined> {
  const { before, take } = due;
  const { now, limits } = context;
  const { lane, left } = before.holder === null ? { lane: before, left: [] } : await takeBack(tx, context, before);
  const { batch, more } = await nextBatch(tx, lane.lane, { now, max: take.batchMax, left });
  if (batch.length === 0) {
    const after = await restLane(tx, { ...lane, ...NO_WINDOWS, fence: lane.fence + 1 }, now);
    await saveLane(tx, context, { before, after });
    return undefined;
  }
  const fence = lane.fence + 1;
  await markClaimed(tx, context, { batch, fence });
  const heldUntil = now + take.ttlMs;
  const after: Lane = {
    ...lane,
    ...(more ? dueNow(NO_WINDOWS, now, limits) : NO_WINDOWS),
    status: "held",
    holder: take.holder,
    fence,
    held_at: now,
    held_until: heldUntil,
    due_at: heldUntil,
    dispatch_id: null,
    in_hand: batch.length,
    first_failed_at: lane.first_failed_at ?? (lane.failures > 0 ? now : null),
  };
  await saveLane(tx, context, { before, after });
  return {
    lane: lane.lane,
    ...(lane.anchor_id === null ? {} : { anchorId: lane.anchor_id }),
    fence,
    attempt: Math.max(...batch.map(({ attempts }) => attempts)) + 1,
    ...(after.first_failed_at === null ? {} : { firstFailedAt: after.first_failed_at }),
    items: batch.map(eventOf),
    more,
  };
}

async function isPaused(tx: Db): Promise<boolean> {
  const setting = await findRow(tx, "settings", { key: DISPATCH_PAUSED });
  return isSwitchedOn(setting?.value);
}

/** The lanes of a queue that are due, longest waiting first. */
export const dueLanes = (tx: Db, queue: Lane["queue"], now: number) =>
  tx
    .selectFrom("lanes")
    .selectAll()
    .where("queue", "=", queue)
    .where("due_at", "<=", now)
    .orderBy("due_at")
    .orderBy("lane");

/** When a lane of this queue is due next. */
export async function nextDue(tx: Db, queue: Lane["queue"]): Promise<{ nextDueAt?: number }> {
  const lane = await tx
    .selectFrom("lanes")
    .select("due_at")
    .where("queue", "=", queue)
    .where("due_at", "is not", null)
    .orderBy("due_at")
    .limit(1)
    .executeTakeFirst();
  return lane === undefined || lane.due_at === null ? {} : { nextDueAt: lane.due_at };
}

type Claimed = { kind: "claimed"; claims: Claim[]; nextDueAt?: number };

/** Takes the lease of each due lane together with its next batch; nobody else acts on them until it ends. */
export const claimEvents = defineWrite(ClaimEventsInput, async (tx, input, context): Promise<Claimed> => {
  if (await isPaused(tx)) return { kind: "claimed", claims: [] };
  const claims: Claim[] = [];
  const due = input.max === 0 ? [] : await dueLanes(tx, "events", context.now).limit(input.max).execute();
  for (const before of due) {
    const claim = await claimLane(tx, context, { before, take: input });
    if (claim !== undefined) claims.push(claim);
  }
  return { kind: "claimed", claims, ...(await nextDue(tx, "events")) };
});
