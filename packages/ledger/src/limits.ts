/** The durations that decide when waiting work is due (gateway settings; these are their defaults). */
export interface QueueLimits {
  quietMs: number;
  quietCapMs: number;
  retryBaseMs: number;
  retryCapMs: number;
  retryMaxAttempts: number;
}

export const DEFAULT_LIMITS: QueueLimits = {
  quietMs: 3000,
  quietCapMs: 15_000,
  retryBaseMs: 2000,
  retryCapMs: 300_000,
  retryMaxAttempts: 15,
};
