/** A person's two answers to work that died: try it again, or let it go. */
import { VersionedInput, type PerItem } from "../contract/queue.ts";
import { dueNow } from "../pure/lane-windows.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { actOf, writeAudit } from "./append-audit.ts";
import { type EventRow, endEvent } from "./event-row.ts";
import { withoutPending } from "./lane-rest.ts";
import { loadLane, newLane, saveLane } from "./lane-row.ts";
import { findRow, patchRow } from "./row.ts";

type Items = typeof VersionedInput._output;
type Judged = "done" | { why: string };

async function perItem(tx: Db, items: Items["items"], act: (event: EventRow) => Promise<Judged>): Promise<PerItem> {
  const answer: PerItem = { done: [], changed: [], skipped: [] };
  for (const { id, version } of items) {
    const event = await findRow(tx, "events", { id: id });
    if (event === undefined) answer.skipped.push({ id, why: "unknown" });
    else if (event.version !== version) answer.changed.push(id);
    else {
      const judged = await act(event);
      if (judged === "done") answer.done.push(id);
      else answer.skipped.push({ id, why: judged.why });
    }
  }
  return answer;
}

async function revive(tx: Db, context: WriteContext, event: EventRow): Promise<Judged> {
  if (event.state !== "dead") return { why: event.state };
  if (event.payload === null) return { why: "payload_gone" };
  const set = {
    state: "ready" as const,
    attempts: 0,
    reason: null,
    not_before: context.now,
    dispatch_id: null,
    solo: 0 as const,
  };
  await patchRow(tx, "events", { key: { id: event.id }, set: { ...set, version: event.version + 1 } });
  context.count("events.dead", -1);
  context.count("events.ready", 1);
  const before = (await loadLane(tx, "events", event.lane)) ?? newLane("events", event.lane, event.anchor_id);
  const isFree = before.holder === null;
  const windows = dueNow(before, context.now, context.limits);
  const timing = isFree ? { status: "waiting" as const, due_at: context.now, failures: 0, first_failed_at: null } : {};
  await saveLane(tx, context, { before, after: { ...before, ...windows, ...timing, pending: before.pending + 1 } });
  return "done";
}

async function letGo(tx: Db, context: WriteContext, event: EventRow): Promise<Judged> {
  if (event.state !== "dead" && event.state !== "ready") return { why: event.state };
  await endEvent(tx, context, { event, state: "discarded", reason: "discarded" });
  if (event.state === "dead") {
    context.changed("events", event.lane);
    return "done";
  }
  const before = await loadLane(tx, "events", event.lane);
  if (before !== undefined) await saveLane(tx, context, { before, after: withoutPending(before, 1) });
  return "done";
}

async function prove(
  tx: Db,
  context: WriteContext,
  act: { event: string; input: Items; ids: string[] },
): Promise<void> {
  const { by, reason } = act.input;
  for (const id of act.ids) await writeAudit(tx, context, actOf({ event: act.event, by, target: id, reason }));
}

/** Makes dead events ready again, with no attempts on record. */
export const replay = defineWrite(VersionedInput, async (tx, input, context) => {
  const answer = await perItem(tx, input.items, (event) => revive(tx, context, event));
  await prove(tx, context, { event: "event.replayed", input, ids: answer.done });
  return { kind: "replayed" as const, ...answer };
});

/** Ends dead or waiting events for good. */
export const discard = defineWrite(VersionedInput, async (tx, input, context) => {
  const answer = await perItem(tx, input.items, (event) => letGo(tx, context, event));
  await prove(tx, context, { event: "event.discarded", input, ids: answer.done });
  return { kind: "discarded" as const, ...answer };
});
