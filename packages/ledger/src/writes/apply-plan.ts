import { type Plan, PlanInput } from "../contract/queue.ts";
import { laneIdOf } from "../pure/lane-id.ts";
import { afterArrival } from "../pure/lane-windows.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { findOrMint } from "./anchor-row.ts";
import { inHand } from "./claim-events.ts";
import { type EventRow, endEvent, recordAttempt, returnEvent } from "./event-row.ts";
import { heldLane, type Lane, loadLane, newLane, saveLane } from "./lane-row.ts";
import { insertPromises } from "./promise-row.ts";
import { patchRow } from "./row.ts";

type Reroute = Plan["reroutes"][number];
type Wait = Plan["waits"][number];

async function openGates(tx: Db, ids: readonly string[]): Promise<void> {
  for (const id of ids) await patchRow(tx, "events", { key: { id: id }, set: { gate: "open" } });
}

async function wait(
  tx: Db,
  context: WriteContext,
  change: { event: EventRow; wait: Wait; since: number | null },
): Promise<void> {
  const { event, since } = change;
  const { notBefore, error } = change.wait;
  if (error === undefined) return returnEvent(tx, context, { event, set: { not_before: notBefore } });
  await recordAttempt(tx, context, { event, since, result: "waits", error });
  const set = { not_before: notBefore, attempts: event.attempts + 1, last_error: error };
  return returnEvent(tx, context, { event, set });
}

async function targetOf(tx: Db, context: WriteContext, { source, to }: { source: string; to: Reroute }) {
  if (to.bind === "none") return { lane: laneIdOf(undefined, to.correlationKey), anchorId: undefined };
  const { anchorId } = await findOrMint(tx, context, { source, key: to.correlationKey });
  return { lane: laneIdOf(anchorId, to.correlationKey), anchorId };
}

/** Moves an event to another conversation with its age and id; that lane is due at once. */
async function reroute(
  tx: Db,
  context: WriteContext,
  move: { event: EventRow; to: Reroute; from: Lane },
): Promise<boolean> {
  const { event, to, from } = move;
  const target = await targetOf(tx, context, { source: event.source, to });
  const isSame = target.lane === from.lane;
  const stored = isSame ? from : await loadLane(tx, "events", target.lane);
  const before = stored ?? newLane("events", target.lane, target.anchorId ?? null);
  await patchRow(tx, "events", {
    key: { id: event.id },
    set: {
      state: "ready",
      fence: null,
      dispatch_id: null,
      lane: target.lane,
      correlation_key: to.correlationKey,
      anchor_id: target.anchorId ?? before.anchor_id,
      attempts: 0,
      not_before: context.now,
      version: event.version + 1,
      ...(to.payload === undefined ? {} : { payload: to.payload, payload_bytes: Buffer.byteLength(to.payload) }),
    },
  });
  context.count("events.claimed", -1);
  context.count("events.ready", 1);
  if (isSame) return false;
  const arrival = { at: context.now, human: event.human === 1, urgent: true, interrupt: event.interrupt === 1 };
  const timing = afterArrival(before, arrival, context.limits);
  await saveLane(tx, context, { before, after: { ...before, ...timing, pending: before.pending + 1 } });
  return true;
}

/** Carries out what the plan says about each event of a claim, in one write. */
export const applyPlan = defineWrite(
  PlanInput,
  async (tx, plan, context): Promise<{ kind: "applied"; remaining: number } | { kind: "lost" }> => {
    const before = await heldLane(tx, "events", plan);
    if (before === undefined) return { kind: "lost" };
    const claimed = new Map((await inHand(tx, before)).map((event) => [event.id, event]));
    const take = (id: string): EventRow => {
      const event = claimed.get(id);
      if (event === undefined) throw new Error(`event ${id} is not in this claim`);
      claimed.delete(id);
      return event;
    };
    let gone = plan.drops.length + plan.deads.length;
    await openGates(
      tx,
      (plan.opens ?? []).filter((id) => claimed.has(id)),
    );
    for (const { id, reason, scrub } of plan.drops)
      await endEvent(tx, context, { event: take(id), state: "dropped", reason, scrub });
    for (const { id, reason } of plan.deads) {
      const event = take(id);
      await recordAttempt(tx, context, { event, since: before.held_at, result: "dead", error: reason });
      await endEvent(tx, context, { event, state: "dead", reason });
    }
    for (const one of plan.waits) await wait(tx, context, { event: take(one.id), wait: one, since: before.held_at });
    for (const to of plan.reroutes) {
      if (await reroute(tx, context, { event: take(to.id), to, from: before })) gone += 1;
    }
    await insertPromises(tx, context, plan.outbox);
    const remaining = claimed.size;
    const after = { ...before, pending: before.pending - gone, in_hand: remaining };
    await saveLane(tx, context, { before, after });
    return { kind: "applied", remaining };
  },
);
