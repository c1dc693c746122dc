/** What people do to a conversation's queue. */
import { ExpediteInput, ResumeLaneInput, StopLaneInput } from "../contract/queue.ts";
import { dueNow, NO_WINDOWS } from "../pure/lane-windows.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { actOf, writeAudit } from "./append-audit.ts";
import { withdrawApprovals } from "./approval-row.ts";
import { inHand } from "./claim-events.ts";
import { endEvent, returnEvent } from "./event-row.ts";
import { restLane } from "./lane-rest.ts";
import { type Lane, loadLane, saveLane, unheld } from "./lane-row.ts";
import { LIVE_EVENT } from "./live.ts";
import { findRow, patchRow } from "./row.ts";

const lanesOf = (tx: Db, anchorId: string) =>
  tx.selectFrom("lanes").selectAll().where("queue", "=", "events").where("anchor_id", "=", anchorId);

/**
 * Cancels what machines asked for and keeps what people said; nothing is due until a person speaks again. A batch that
 * is being handed over is taken back: its holder's fence is no longer current, so it can open no run any more.
 */
async function stopOne(tx: Db, context: WriteContext, before: Lane): Promise<{ cancelled: number; kept: number }> {
  for (const event of await inHand(tx, before)) await returnEvent(tx, context, { event });
  const waiting = await tx.selectFrom("events").selectAll().where("lane", "=", before.lane).where(LIVE_EVENT).execute();
  const machine = waiting.filter(({ human }) => human === 0);
  for (const event of machine) await endEvent(tx, context, { event, state: "cancelled", reason: "stopped" });
  const pending = before.pending - machine.length;
  const fence = before.holder === null ? before.fence : before.fence + 1;
  const still = { ...unheld, ...NO_WINDOWS, status: "stopped" as const, due_at: null };
  await saveLane(tx, context, { before, after: { ...before, ...still, fence, pending } });
  return { cancelled: machine.length, kept: waiting.length - machine.length };
}

/** A person stopped the conversation. */
export const stopLane = defineWrite(StopLaneInput, async (tx, input, context) => {
  const { anchorId, triggerId, by, reason } = input;
  let cancelled = 0;
  let kept = 0;
  for (const lane of await lanesOf(tx, anchorId).execute()) {
    const one = await stopOne(tx, context, lane);
    cancelled += one.cancelled;
    kept += one.kept;
  }
  const { withdrawn, executing } = await withdrawApprovals(tx, context, { anchorId, triggerId, by });
  await writeAudit(tx, context, {
    ...actOf({ event: "lane.stopped", by, target: `anchor:${anchorId}`, reason, anchorId }),
    triggerId,
    detail: { cancelled, kept, withdrawn, executing },
  });
  return { kind: "stopped" as const, cancelled, kept, withdrawn, executing };
});

/** What people said before the stop is due now. */
export const resumeLane = defineWrite(
  ResumeLaneInput,
  async (tx, { anchorId, by }, context): Promise<{ kind: "done" } | { kind: "not_stopped" }> => {
    const stopped = await lanesOf(tx, anchorId).where("status", "=", "stopped").execute();
    if (stopped.length === 0) return { kind: "not_stopped" };
    for (const before of stopped) {
      const after = await restLane(tx, { ...before, ...dueNow(NO_WINDOWS, context.now, context.limits) }, context.now);
      await saveLane(tx, context, { before, after });
    }
    await writeAudit(tx, context, actOf({ event: "lane.resumed", by, target: `anchor:${anchorId}`, anchorId }));
    return { kind: "done" };
  },
);

type Expedited =
  | { kind: "done" }
  | { kind: "changed"; version: number }
  | { kind: "not_ready"; state: string }
  | { kind: "unknown" };

/** An operator lets one waiting event go now. */
export const expedite = defineWrite(
  ExpediteInput,
  async (tx, { eventId, by, version }, context): Promise<Expedited> => {
    const event = await findRow(tx, "events", { id: eventId });
    if (event === undefined) return { kind: "unknown" };
    if (event.version !== version) return { kind: "changed", version: event.version };
    if (event.state !== "ready") return { kind: "not_ready", state: event.state };
    await patchRow(tx, "events", { key: { id: eventId }, set: { not_before: context.now, version: version + 1 } });
    const before = await loadLane(tx, "events", event.lane);
    if (before !== undefined && before.holder === null) {
      const windows = dueNow(before, context.now, context.limits);
      await saveLane(tx, context, { before, after: { ...before, ...windows, status: "waiting", due_at: context.now } });
    }
    await writeAudit(tx, context, actOf({ event: "event.expedited", by, target: eventId }));
    return { kind: "done" };
  },
);
