/** A time that passed unnoticed is missed; whether it is made up for is said by the line. */
import type { Settings } from "./crontab/assign.ts";

/** Later than this is missed: the scheduler was down or the clock jumped. */
export const LATE_MS = 90_000;

export interface Times {
  /** To be fired, oldest first. */
  fire: number[];
  /** Only to be recorded. */
  missed: number[];
}

/** Splits the times that have come; `once` makes up for the newest missed one, unless a later one is on time anyway. */
export function splitMissed(
  times: readonly number[],
  line: Pick<Settings, "missed" | "maxLateMs">,
  now: number,
): Times {
  const onTime = times.filter((time) => now - time <= LATE_MS);
  const missed = times.filter((time) => now - time > LATE_MS);
  const newest = missed.at(-1);
  const isMadeUp =
    line.missed === "once" && onTime.length === 0 && newest !== undefined && now - newest <= line.maxLateMs;
  return isMadeUp ? { fire: [newest], missed: missed.slice(0, -1) } : { fire: onTime, missed };
}
