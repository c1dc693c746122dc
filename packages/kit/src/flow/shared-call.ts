/**
 * Callers that come while a call of their key is under way share the next one, so each gets an answer that was asked for
 * after it came, and never more than one call of a key is under way.
 */
export function createSharedCall<T>(call: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const running = new Map<string, Promise<unknown>>();
  const next = new Map<string, Promise<T>>();

  const run = (key: string): Promise<T> => {
    next.delete(key);
    const answer = call(key);
    const settled = answer
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (running.get(key) === settled) running.delete(key);
      });
    running.set(key, settled);
    return answer;
  };

  return (key) => {
    const before = running.get(key);
    if (before === undefined) return run(key);
    const waiting = next.get(key) ?? before.then(() => run(key));
    next.set(key, waiting);
    return waiting;
  };
}
