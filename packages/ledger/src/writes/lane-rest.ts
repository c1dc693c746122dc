/** What a lane of events looks like once something has left it or nobody holds it. */
import { atRest, NO_WINDOWS } from "../pure/lane-windows.ts";
import type { Db } from "../schema.ts";
import type { Lane } from "./lane-row.ts";
import { unheld } from "./lane-row.ts";
import { LIVE_EVENT } from "./live.ts";

/** A lane with `count` events fewer; an empty one that nobody holds has nothing to do. */
export function withoutPending(lane: Lane, count: number): Lane {
  const pending = lane.pending - count;
  if (pending > 0 || lane.holder !== null || lane.status === "stopped") return { ...lane, pending };
  return { ...lane, ...NO_WINDOWS, status: "idle", due_at: null, failures: 0, first_failed_at: null, pending };
}

/** The earliest time at which something waiting in the lane may move; `now` when something may already. */
async function earliestStart(tx: Db, lane: string, now: number): Promise<number | null> {
  const waiting = tx.selectFrom("events").where("lane", "=", lane).where(LIVE_EVENT);
  const movable = await waiting.select("id").where("not_before", "<=", now).limit(1).executeTakeFirst();
  if (movable !== undefined) return now;
  const later = await waiting.select(({ fn }) => fn.min("not_before").as("at")).executeTakeFirst();
  return later?.at ?? null;
}

/** Frees a lane: due by its windows and by what waits, or idle. */
export async function restLane(tx: Db, lane: Lane, now: number): Promise<Lane> {
  const free = { ...lane, ...unheld };
  const notBefore = lane.pending === 0 ? null : await earliestStart(tx, lane.lane, now);
  return { ...free, ...atRest(free, { pending: lane.pending, notBefore }, now) };
}
