/** The wait before try `failures + 1`: exponential up to a cap, half of it jittered by `chance` (0 ≤ chance < 1). */
export function backoffMs(failures: number, chance: number, limits: { baseMs: number; capMs: number }): number {
  const fullMs = Math.min(limits.capMs, limits.baseMs * 2 ** Math.max(0, failures - 1));
  return Math.round(fullMs / 2 + (chance * fullMs) / 2);
}
