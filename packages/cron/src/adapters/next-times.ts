/** When schedules come, by croner: a skipped local time fires right after the gap, a repeated one once, steps follow real time. */
import { Cron } from "croner";

export interface NextTimes {
  /** The first time strictly after `at`. */
  after: (schedule: string, zone: string, at: number) => number | undefined;
  /** At most `count` times after `at`. */
  upcoming: (schedule: string, zone: string, of: { at: number; count: number }) => number[];
  /** At most `count` times at or before `at`, oldest first. */
  until: (schedule: string, zone: string, of: { at: number; count: number }) => number[];
}

const MAX_KNOWN = 1000;

export function createNextTimes(): NextTimes {
  const known = new Map<string, Cron>();
  const cronOf = (schedule: string, zone: string) => {
    const name = `${schedule} ${zone}`;
    const cron =
      known.get(name) ??
      new Cron(schedule, { timezone: zone, mode: "5-part", fixedTimeRule: "no-wildcard", paused: true });
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(name, cron);
    return cron;
  };
  return {
    after: (schedule, zone, at) => cronOf(schedule, zone).nextRun(new Date(at))?.getTime(),
    upcoming: (schedule, zone, { at, count }) =>
      cronOf(schedule, zone)
        .nextRuns(count, new Date(at))
        .map((time) => time.getTime()),
    until: (schedule, zone, { at, count }) =>
      cronOf(schedule, zone)
        .previousRuns(count, new Date(at + 1))
        .map((time) => time.getTime())
        .toReversed(),
  };
}
