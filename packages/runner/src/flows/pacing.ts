/** Lets callers go one after the other, each at least so long after the one before; the first goes at once. */
export function createPacing(deps: { now: () => number; pause: (ms: number) => Promise<void>; gapMs: number }) {
  let freeAt = 0;
  return async (): Promise<void> => {
    const at = Math.max(deps.now(), freeAt);
    freeAt = at + deps.gapMs;
    await deps.pause(at - deps.now());
  };
}
