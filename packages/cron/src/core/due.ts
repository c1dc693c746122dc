/** What becomes of the times of one line that have come. */
import type { Settings } from "./crontab/assign.ts";
import { splitMissed } from "./missed.ts";
import { splitOverlap } from "./overlap.ts";

/** So many times of one line are looked at in one go; older ones are forgotten together. */
export const MAX_TIMES = 100;

export interface PlannedRun {
  dueAt: number;
  state: "waiting" | "missed" | "skipped";
  reason?: string;
}
export interface DueFacts {
  now: number;
  isPaused: boolean;
  /** Firings of this line that nobody works on yet. */
  waiting: number;
}

/** Puts every time into one state: to be fired, or not and why. */
export function judgeDue(
  times: readonly number[],
  line: Pick<Settings, "missed" | "maxLateMs">,
  facts: DueFacts,
): PlannedRun[] {
  if (facts.isPaused) return times.map((dueAt) => ({ dueAt, state: "skipped", reason: "paused" }));
  const { fire, missed } = splitMissed(times, line, facts.now);
  const room = splitOverlap(fire, facts.waiting);
  const runs: PlannedRun[] = [
    ...missed.map((dueAt) => ({ dueAt, state: "missed" as const, reason: "the scheduler was not running" })),
    ...room.skipped.map((dueAt) => ({ dueAt, state: "skipped" as const, reason: "overlap" })),
    ...room.fire.map((dueAt) => ({ dueAt, state: "waiting" as const })),
  ];
  return runs.toSorted((a, b) => a.dueAt - b.dueAt);
}
