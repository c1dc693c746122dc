import type { Clock } from "../flow/clock.ts";

/** A clock that moves only when told; chance is fixed at one half. */
export function createTestClock(startMs = 1_700_000_000_000): Clock & { advance: (ms: number) => void } {
  let nowMs = startMs;
  return { now: () => nowMs, chance: () => 0.5, advance: (ms) => void (nowMs += ms) };
}
