import { sql } from "kysely";

import { BeginDispatchInput, RenewInput } from "../contract/queue.ts";
import type { Db } from "../schema.ts";
import { defineWrite } from "../writer/context.ts";
import { heldLane, saveLane } from "./lane-row.ts";

type Renewed = { kind: "renewed" } | { kind: "lost" };

/** Keeps a lane for its holder; a lane whose time ran out may have been taken, and then this says so. */
export const renew = defineWrite(RenewInput, async (tx, input, { now }): Promise<Renewed> => {
  const heldUntil = now + input.ttlMs;
  const { numUpdatedRows } = await tx
    .updateTable("lanes")
    .set({ held_until: heldUntil, due_at: heldUntil, version: sql<number>`version + 1` })
    .where("queue", "=", input.queue)
    .where("lane", "=", input.lane)
    .where("fence", "=", input.fence)
    .where("holder", "is not", null)
    .where("held_until", ">", now)
    .executeTakeFirstOrThrow();
  return { kind: numUpdatedRows === 1n ? "renewed" : "lost" };
});

async function bindDispatch(
  tx: Db,
  to: { id: string; dispatchId: string; anchorId: string; lane: string; fence: number },
) {
  const { numUpdatedRows } = await tx
    .updateTable("events")
    .set({ dispatch_id: to.dispatchId, anchor_id: to.anchorId, version: sql<number>`version + 1` })
    .where("id", "=", to.id)
    .where("lane", "=", to.lane)
    .where("state", "=", "claimed")
    .where("fence", "=", to.fence)
    .executeTakeFirstOrThrow();
  return numUpdatedRows === 1n;
}

/** Names the hand-over of these events, so that the runner can take it at most once. */
export const beginDispatch = defineWrite(
  BeginDispatchInput,
  async (tx, input, context): Promise<{ kind: "begun" } | { kind: "lost" }> => {
    const before = await heldLane(tx, "events", input);
    if (before === undefined) return { kind: "lost" };
    const { dispatchId, anchorId, lane, fence } = input;
    for (const id of input.eventIds) {
      if (!(await bindDispatch(tx, { id, dispatchId, anchorId, lane, fence }))) {
        throw new Error(`event ${id} is not in this claim`);
      }
    }
    const after = { ...before, dispatch_id: dispatchId, anchor_id: before.anchor_id ?? anchorId };
    await saveLane(tx, context, { before, after });
    return { kind: "begun" };
  },
);
