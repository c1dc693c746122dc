/** How long a run stands still. */
export const MAX_QUOTA_PARKS = 8;
/** A parked run that nobody lets go on ends. */
export const MAX_PARK_MS = 24 * 3_600_000;
const MIN_MS = 60_000;
const UNKNOWN_MS = 15 * 60_000;
const MAX_UNKNOWN_MS = 2 * 3_600_000;
const SPREAD_MS = 60_000;

/** When a run that ran out of quota goes on: as the provider said, else later each time; spread, so that not all return at once. */
export function quotaResumeAt({
  now,
  until,
  parks,
  chance,
}: {
  now: number;
  until?: number | undefined;
  parks: number;
  chance: number;
}): number {
  const unknown = now + Math.min(MAX_UNKNOWN_MS, UNKNOWN_MS * 2 ** parks);
  const wanted = until ?? unknown;
  return Math.min(Math.max(wanted, now + MIN_MS), now + MAX_PARK_MS) + Math.floor(chance * SPREAD_MS);
}
