/** How many firings of one line may wait at once; the next one would only pile up. */
const MAX_WAITING = 3;

/** The times that may queue behind what waits already, and those that may not. */
export function splitOverlap(times: readonly number[], waiting: number): { fire: number[]; skipped: number[] } {
  const room = Math.max(0, MAX_WAITING - waiting);
  return { fire: times.slice(0, room), skipped: times.slice(room) };
}
