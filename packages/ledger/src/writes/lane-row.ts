/** Loading and storing lanes, so that status counters, versions and the change feed can never drift apart. */
import type { Db, Row } from "../schema.ts";
import type { WriteContext } from "../writer/context.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

export type Lane = Row<"lanes">;
export type Queue = Lane["queue"];

/** The lane, or an idle one that is not stored yet. */
export async function loadLane(tx: Db, queue: Queue, lane: string): Promise<Lane | undefined> {
  return findRow(tx, "lanes", { queue: queue, lane: lane });
}

/** A lane that nobody has used yet. */
export function newLane(queue: Queue, lane: string, anchorId: string | null): Lane {
  return {
    queue,
    lane,
    anchor_id: anchorId,
    due_at: null,
    quiet_first_at: null,
    quiet_due_at: null,
    int_first_at: null,
    int_due_at: null,
    status: "idle",
    holder: null,
    fence: 0,
    held_at: null,
    held_until: null,
    dispatch_id: null,
    in_hand: 0,
    failures: 0,
    first_failed_at: null,
    pending: 0,
    version: 0,
  };
}

/** The lane when `fence` is its present one and somebody holds it: the right to write in a holder's name. */
export async function heldLane(tx: Db, queue: Queue, held: { lane: string; fence: number }): Promise<Lane | undefined> {
  const lane = await loadLane(tx, queue, held.lane);
  return lane !== undefined && lane.holder !== null && lane.fence === held.fence ? lane : undefined;
}

/** Stores a lane after a change; `before` is what was loaded (version 0: insert). */
export async function saveLane(tx: Db, context: WriteContext, change: { before: Lane; after: Lane }): Promise<void> {
  const { before, after } = change;
  if (before.version === 0) {
    await insertRow(tx, "lanes", { row: { ...after, version: 1 } });
  } else {
    const { queue, lane, version, ...columns } = after;
    await patchRow(tx, "lanes", { key: { queue: queue, lane: lane }, set: { ...columns, version: version + 1 } });
  }
  if (before.version === 0 || before.status !== after.status) {
    if (before.version > 0) context.count(`lanes.${before.queue}.${before.status}`, -1);
    context.count(`lanes.${after.queue}.${after.status}`, 1);
  }
  context.changed(after.queue, after.lane);
}

/** A lane that nobody holds. The fence stays: only a claim raises it. */
export const unheld = { holder: null, held_at: null, held_until: null, dispatch_id: null, in_hand: 0 } as const;
