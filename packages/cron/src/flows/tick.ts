/** Looks at every line whose time has come and records what becomes of it; firing is another's work. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { Job } from "../core/crontab/parse.ts";
import { judgeDue, MAX_TIMES } from "../core/due.ts";
import type { Scheduled } from "./reload.ts";

export interface TickDeps extends Pick<Ledger, "passSchedule" | "pausedSchedules" | "countWaitingOf"> {
  log: Log;
  clock: Clock;
  after: (schedule: string, zone: string, at: number) => number | undefined;
  /** At most `count` times at or before `at`, oldest first. */
  until: (schedule: string, zone: string, of: { at: number; count: number }) => number[];
}

/** The times of a line from `nextAt` to now: all of them, or the newest when there are too many. */
function timesOf({ after, until }: TickDeps, { schedule, zone }: Job, of: { nextAt: number; now: number }): number[] {
  const times: number[] = [];
  for (let at: number | undefined = of.nextAt; at !== undefined && at <= of.now; at = after(schedule, zone, at)) {
    if (times.length === MAX_TIMES) return until(schedule, zone, { at: of.now, count: MAX_TIMES });
    times.push(at);
  }
  return times;
}

export function createTick(deps: TickDeps) {
  const pass = async (
    one: Scheduled & { nextAt: number },
    now: number,
    paused: ReadonlySet<string>,
  ): Promise<Scheduled> => {
    const { job } = one;
    const { lineHash, schedule, zone } = job;
    const times = timesOf(deps, job, { nextAt: one.nextAt, now });
    const waiting = await deps.countWaitingOf({ lineHash });
    const runs = judgeDue(times, job, { now, isPaused: paused.has(lineHash), waiting });
    const nextAt = deps.after(schedule, zone, now);
    const passed = await deps.passSchedule({ lineHash, nextAt, runs: runs.map((run) => ({ lineHash, ...run })) });
    if (passed.kind !== "passed") {
      deps.log.error(
        { event: "schedule_not_recorded", lineHash, reason: passed.kind },
        "due times could not be recorded",
      );
      return one;
    }
    for (const { dueAt, state, reason } of runs)
      deps.log.info(
        { event: `schedule_${state}`, lineHash, lineNo: job.lineNo, dueAt, reason },
        "a scheduled time has come",
      );
    return { job, nextAt };
  };

  /** The same lines with their next times. */
  return async (scheduled: readonly Scheduled[]): Promise<Scheduled[]> => {
    const now = deps.clock.now();
    const isDue = (one: Scheduled): one is Scheduled & { nextAt: number } =>
      one.nextAt !== undefined && one.nextAt <= now;
    if (!scheduled.some(isDue)) return [...scheduled];
    const paused = new Set(await deps.pausedSchedules());
    const after: Scheduled[] = [];
    for (const one of scheduled) after.push(isDue(one) ? await pass(one, now, paused) : one);
    return after;
  };
}
export type Tick = ReturnType<typeof createTick>;
