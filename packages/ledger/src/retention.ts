/** How long what is kept. Zero days: for ever. */
import type { SweepRule } from "./contract/sweeping.ts";

export interface Retention {
  deliveriesDays: number;
  payloadDays: number;
  eventsDays: number;
  outboxDays: number;
  partsDays: number;
  runsDays: number;
}

export const DEFAULT_RETENTION: Retention = {
  deliveriesDays: 30,
  payloadDays: 14,
  eventsDays: 90,
  outboxDays: 30,
  partsDays: 90,
  runsDays: 400,
};
const MIN_DELIVERIES_DAYS = 7;
const DAY_MS = 24 * 3_600_000;

/** Says why these durations are refused: a short dedupe memory would let old deliveries in again. */
export function retentionFault({ deliveriesDays }: Retention): string | undefined {
  if (deliveriesDays === 0 || deliveriesDays >= MIN_DELIVERIES_DAYS) return undefined;
  return `deliveries must be remembered for at least ${MIN_DELIVERIES_DAYS} days`;
}

/** What a sweep at `now` removes, as rule and age limit. */
export function sweepPlan(retention: Retention, now: number): { rule: SweepRule; before: number }[] {
  const days: [SweepRule, number][] = [
    ["deliveries", retention.deliveriesDays],
    ["payloads", retention.payloadDays],
    ["events", retention.eventsDays],
    ["outbox", retention.outboxDays],
    ["changes", 1],
    ["parts", retention.partsDays],
    ["prompts", retention.partsDays],
    ["approvals", retention.runsDays],
    ["cards", retention.runsDays],
    ["usage", retention.runsDays],
    ["schedules", retention.runsDays],
    ["runs", retention.runsDays],
  ];
  return days
    .filter(([, kept]) => kept > 0)
    .map(([rule, kept]) => ({ rule, before: Math.max(0, now - kept * DAY_MS) }));
}
