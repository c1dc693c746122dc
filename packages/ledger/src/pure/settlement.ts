/** What becomes of a batch that could not be handed over. */
import { backoffMs } from "@thor/kit/pure/backoff";

interface RetryLimits {
  retryBaseMs: number;
  retryCapMs: number;
  retryMaxAttempts: number;
}
export interface Failure {
  permanent: boolean;
  retryAfterMs?: number | undefined;
}
interface Tried {
  id: string;
  attempts: number;
}
export interface FailureEnd {
  dead: string[];
  /** Tried again one by one: a permanent refusal of many says nothing about each. */
  solo: string[];
  retry: string[];
  /** When the lane may be looked at again. */
  dueAt: number;
  attempts: number;
}

/** A permanent failure kills one event or splits a batch; a transient one counts, waits longer each time, then kills. */
export function afterFailure(
  batch: readonly Tried[],
  failure: Failure,
  at: { now: number; chance: number; failures: number; limits: RetryLimits },
): FailureEnd {
  const { now, chance, failures, limits } = at;
  const ids = batch.map(({ id }) => id);
  if (failure.permanent && batch.length > 1) return { dead: [], solo: ids, retry: [], dueAt: now, attempts: 0 };
  if (failure.permanent) return { dead: ids, solo: [], retry: [], dueAt: now, attempts: 1 };
  const isSpent = ({ attempts }: Tried) => attempts + 1 >= limits.retryMaxAttempts;
  const retry = batch.filter((one) => !isSpent(one)).map(({ id }) => id);
  const wait = { baseMs: limits.retryBaseMs, capMs: limits.retryCapMs };
  return {
    dead: batch.filter(isSpent).map(({ id }) => id),
    solo: [],
    retry,
    dueAt: retry.length === 0 ? now : now + (failure.retryAfterMs ?? backoffMs(failures + 1, chance, wait)),
    attempts: 1,
  };
}
