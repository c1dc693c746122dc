import { type Settled, type Settlement, SettleInput } from "../contract/queue.ts";
import { dueNow } from "../pure/lane-windows.ts";
import { afterFailure, type Failure } from "../pure/settlement.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { inHand } from "./claim-events.ts";
import { type EventRow, endEvent, recordAttempt, returnEvent } from "./event-row.ts";
import { restLane } from "./lane-rest.ts";
import { heldLane, type Lane, saveLane } from "./lane-row.ts";
import { OPEN_RUN } from "./live.ts";
import { insertPromises } from "./promise-row.ts";
import { findRow, patchRow } from "./row.ts";

interface Held {
  lane: Lane;
  events: EventRow[];
}
interface Ended {
  lane: Lane;
  dead: string[];
}

const giveBack = async (tx: Db, context: WriteContext, events: EventRow[]) => {
  for (const event of events) await returnEvent(tx, context, { event });
};

/** A run has them: what it did not take with its opening write is marked now, the rest of the claim goes back. */
async function accepted(
  tx: Db,
  context: WriteContext,
  { triggerId, ...held }: Held & { triggerId: string },
): Promise<Ended> {
  const { lane, events } = held;
  const dispatched = events.filter((event) => event.dispatch_id !== null && event.dispatch_id === lane.dispatch_id);
  for (const event of dispatched) {
    await endEvent(tx, context, { event, state: "done", reason: "accepted" });
    await patchRow(tx, "events", { key: { id: event.id }, set: { trigger_id: triggerId } });
  }
  await giveBack(
    tx,
    context,
    events.filter((event) => !dispatched.includes(event)),
  );
  const left = { ...lane, failures: 0, first_failed_at: null, pending: lane.pending - dispatched.length };
  return { lane: await restLane(tx, left, context.now), dead: [] };
}

async function hasOpenRun(tx: Db, anchorId: string | null): Promise<boolean> {
  if (anchorId === null) return false;
  const open = tx.selectFrom("triggers").select("id").where("anchor_id", "=", anchorId).where(OPEN_RUN);
  return (await open.limit(1).executeTakeFirst()) !== undefined;
}

/** A run that has ended may still be leaving the runner's hands: asked again soon, but never in a tight loop. */
const ENDED_RUN_MS = 300;

/** The conversation works already: its events wait for the end of that run, which may have come meanwhile. */
async function busy(tx: Db, context: WriteContext, { pollAt, ...held }: Held & { pollAt: number }): Promise<Ended> {
  await giveBack(tx, context, held.events);
  const rested = await restLane(tx, held.lane, context.now);
  if (rested.pending === 0) return { lane: rested, dead: [] };
  const isOpen = await hasOpenRun(tx, held.lane.anchor_id);
  const dueAt = isOpen ? Math.min(pollAt, rested.int_due_at ?? pollAt) : Math.min(pollAt, context.now + ENDED_RUN_MS);
  return { lane: { ...rested, status: isOpen ? "busy" : "waiting", due_at: dueAt }, dead: [] };
}

async function released(tx: Db, context: WriteContext, held: Held): Promise<Ended> {
  await giveBack(tx, context, held.events);
  const windows = held.events.length === 0 ? {} : dueNow(held.lane, context.now, context.limits);
  return { lane: await restLane(tx, { ...held.lane, ...windows }, context.now), dead: [] };
}

async function failed(
  tx: Db,
  context: WriteContext,
  { failure, ...held }: Held & { failure: Failure & { error: string } },
): Promise<Ended> {
  const { lane, events } = held;
  const { now, limits } = context;
  const end = afterFailure(events, failure, { now, chance: context.chance(), failures: lane.failures, limits });
  for (const event of events) {
    const attempts = event.attempts + end.attempts;
    await recordAttempt(tx, context, { event, since: lane.held_at, result: "failed", error: failure.error });
    if (end.dead.includes(event.id)) {
      await patchRow(tx, "events", { key: { id: event.id }, set: { attempts } });
      await endEvent(tx, context, { event, state: "dead", reason: failure.error, error: failure.error });
    } else {
      const solo = end.solo.includes(event.id) ? 1 : event.solo;
      await returnEvent(tx, context, { event, set: { attempts, solo, last_error: failure.error } });
    }
  }
  const counts = {
    pending: lane.pending - end.dead.length,
    failures: lane.failures + 1,
    first_failed_at: lane.first_failed_at ?? now,
  };
  const isOver = end.retry.length === 0 && end.solo.length === 0;
  const rested = await restLane(
    tx,
    { ...lane, ...counts, ...(isOver ? { failures: 0, first_failed_at: null } : {}) },
    now,
  );
  if (end.solo.length > 0) return { lane: { ...rested, due_at: now }, dead: end.dead };
  const isBackoff = end.retry.length > 0;
  return { lane: isBackoff ? { ...rested, status: "backoff", due_at: end.dueAt } : rested, dead: end.dead };
}

/** Nobody knows how it ended: the run is asked for first; a late opening of it can no longer succeed afterwards. */
async function unknown(tx: Db, context: WriteContext, { error, ...held }: Held & { error: string }): Promise<Ended> {
  const { lane } = held;
  const run = await findRow(tx, "triggers", { dispatch_id: lane.dispatch_id ?? "" });
  if (run !== undefined) return accepted(tx, context, { ...held, triggerId: run.id });
  return failed(tx, context, {
    ...held,
    lane: { ...lane, fence: lane.fence + 1 },
    failure: { permanent: false, error },
  });
}

function endClaim(
  tx: Db,
  context: WriteContext,
  { result, ...held }: Held & { result: Settlement["result"] },
): Promise<Ended> {
  switch (result.kind) {
    case "accepted":
      return accepted(tx, context, { ...held, triggerId: result.triggerId });
    case "busy":
      return busy(tx, context, { ...held, pollAt: result.pollAt });
    case "failed":
      return failed(tx, context, { ...held, failure: result });
    case "unknown":
      return unknown(tx, context, { ...held, error: result.error });
    case "released":
      return released(tx, context, held);
  }
}

/** Ends a claim: how it went decides when its events are looked at again, and the lane is free. */
export const settle = defineWrite(SettleInput, async (tx, input, context): Promise<Settled> => {
  const before = await heldLane(tx, "events", input);
  if (before === undefined) return { kind: "lost" };
  const events = await inHand(tx, before);
  const { lane: after, dead } = await endClaim(tx, context, { lane: before, events, result: input.result });
  await saveLane(tx, context, { before, after });
  for (const { eventId, promises } of input.onDead ?? []) {
    if (dead.includes(eventId)) await insertPromises(tx, context, promises);
  }
  await insertPromises(tx, context, input.outbox);
  return { kind: "settled", status: after.status, ...(after.due_at === null ? {} : { dueAt: after.due_at }), dead };
});
