/** How the queue stands, from counters and index heads only: cheap enough for every health check. */
import { type LaneStatus, LANE_STATUSES, type QueueStats } from "../contract/queue.ts";
import { DISPATCH_PAUSED, isSwitchedOn } from "../pure/switch.ts";
import type { Db } from "../schema.ts";
import { LIVE_EVENT, LIVE_PROMISE } from "../writes/live.ts";
import { given } from "./cell.ts";

const createDispatchReads = (db: Db) => ({
  /** Lanes that nobody claimed although they were due before a time; counts no further than 1000. */
  overdueLanes: async ({ before }: { before: number }): Promise<number> => {
    const overdue = db
      .selectFrom("lanes")
      .select("lane")
      .where("queue", "=", "events")
      .where("due_at", "<", before)
      .where("status", "not in", ["held", "busy"])
      .limit(1000);
    return (await overdue.execute()).length;
  },
  /** Whether an operator has halted the hand-over of events. */
  dispatchPaused: async (): Promise<boolean> => {
    const row = await db.selectFrom("settings").select("value").where("key", "=", DISPATCH_PAUSED).executeTakeFirst();
    return isSwitchedOn(row?.value);
  },
});

/** Counts and oldest waiting things. */
export function createStatisticsReads(db: Db) {
  const waiting = async () => {
    const row = await db
      .selectFrom("events")
      .select("received_at")
      .where(LIVE_EVENT)
      .orderBy("received_at")
      .limit(1)
      .executeTakeFirst();
    return row?.received_at ?? null;
  };
  const due = async () => {
    const lanes = db.selectFrom("lanes").select("due_at").where("queue", "=", "events").where("due_at", "is not", null);
    const row = await lanes.where("status", "not in", ["held", "busy"]).orderBy("due_at").limit(1).executeTakeFirst();
    return row?.due_at ?? null;
  };
  const promised = async () => {
    const row = await db
      .selectFrom("outbox")
      .select(({ fn }) => fn.min("created_at").as("at"))
      .where(LIVE_PROMISE)
      .executeTakeFirst();
    return row?.at ?? null;
  };
  return {
    ...createDispatchReads(db),
    /** When the last sweep ended; 0 before the first. */
    lastSweep: async (): Promise<number> => {
      const row = await db.selectFrom("meta").select("value").where("key", "=", "last_sweep").executeTakeFirst();
      return Number(row?.value ?? 0);
    },
    queueStats: async (): Promise<QueueStats> => {
      const counters = new Map(
        (await db.selectFrom("counters").selectAll().execute()).map(({ name, value }) => [name, value]),
      );
      const value = (name: string) => counters.get(name) ?? 0;
      const lanes: Record<LaneStatus, number> = { idle: 0, waiting: 0, held: 0, backoff: 0, busy: 0, stopped: 0 };
      for (const status of LANE_STATUSES) lanes[status] = value(`lanes.events.${status}`);
      return {
        pending: value("events.ready") + value("events.claimed"),
        claimed: value("events.claimed"),
        lanes,
        dead: value("events.dead"),
        ...given({ oldestPendingReceivedAt: await waiting(), oldestDueAt: await due() }),
        outbox: {
          pending: value("outbox.pending") + value("outbox.claimed"),
          failed: value("outbox.failed"),
          ...given({ oldestCreatedAt: await promised() }),
        },
      };
    },
  };
}
