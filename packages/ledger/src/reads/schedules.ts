/** What is scheduled, what became of it, and what still waits to be fired. */
import type { Db } from "../schema.ts";

const MAX_ROWS = 200;
const MAX_LINES = 1000;
const PAUSED = "schedule.paused:";

export const createScheduleReads = (db: Db) => ({
  listSchedule: () => db.selectFrom("schedule_lines").selectAll().orderBy("line_no").limit(MAX_LINES).execute(),
  /** Firings, newest first, of one line or of all. */
  listScheduleRuns: ({ limit, lineHash }: { limit: number; lineHash?: string | undefined }) => {
    const runs = db.selectFrom("schedule_runs").selectAll().orderBy("due_at", "desc");
    const wanted = lineHash === undefined ? runs : runs.where("line_hash", "=", lineHash);
    return wanted.limit(Math.min(limit, MAX_ROWS)).execute();
  },
  /** Firings that the gateway has not taken yet, oldest first. */
  waitingScheduleRuns: () =>
    db
      .selectFrom("schedule_runs")
      .select(["line_hash as lineHash", "due_at as dueAt", "opened_at as openedAt", "requested_by as requestedBy"])
      .where("state", "=", "waiting")
      .orderBy("opened_at")
      .orderBy("due_at")
      .limit(MAX_ROWS)
      .execute(),
  /** How many firings of a line nobody works on yet: not taken by the gateway, or queued behind a run. */
  countWaitingOf: async ({ lineHash }: { lineHash: string }): Promise<number> => {
    const runs = db
      .selectFrom("schedule_runs")
      .leftJoin("events", "events.id", "schedule_runs.event_id")
      .where("schedule_runs.line_hash", "=", lineHash)
      .where("schedule_runs.state", "in", ["waiting", "fired"])
      .where((is) =>
        is.or([is("schedule_runs.state", "=", "waiting"), is("events.state", "in", ["ready", "claimed"])]),
      );
    const { waiting } = await runs
      .select((column) => column.fn.countAll<number>().as("waiting"))
      .executeTakeFirstOrThrow();
    return waiting;
  },
  /** Lines that an operator has paused. */
  pausedSchedules: async (): Promise<string[]> => {
    const settings = db.selectFrom("settings").select("key").where("value", "=", "true");
    const rows = await settings.where("key", "like", `${PAUSED}%`).limit(MAX_LINES).execute();
    return rows.map(({ key }) => key.slice(PAUSED.length));
  },
});
