/** The calls in hand, so that a session's can be cancelled and a shutdown knows what it waits for. */

interface Entry {
  lineage: readonly string[];
  abort: AbortController;
  tool: string;
}

export function createRunningCalls() {
  const entries = new Set<Entry>();
  let onEmpty: (() => void) | undefined;
  return {
    /** Follows one piece of work until it settles. */
    track: async <T>(entry: Entry, work: () => Promise<T>): Promise<T> => {
      entries.add(entry);
      try {
        return await work();
      } finally {
        entries.delete(entry);
        if (entries.size === 0) onEmpty?.();
      }
    },
    /** Cancels what a session and its sub-sessions are running; says how many calls that were. */
    cancel: (sessionId: string): number => {
      const hit = [...entries].filter(({ lineage, abort }) => lineage.includes(sessionId) && !abort.signal.aborted);
      for (const { abort } of hit) abort.abort();
      return hit.length;
    },
    cancelAll: () => {
      for (const { abort } of entries) abort.abort();
    },
    count: () => entries.size,
    /** How many calls of each tool are in hand. */
    byTool: () => {
      const counts: Record<string, number> = {};
      for (const { tool } of entries) counts[tool] = (counts[tool] ?? 0) + 1;
      return counts;
    },
    /** Resolves when nothing runs any more, or after `withinMs`. */
    drained: (withinMs: number) =>
      new Promise<void>((resolve) => {
        if (entries.size === 0) return resolve();
        const timer = setTimeout(resolve, withinMs);
        onEmpty = () => {
          clearTimeout(timer);
          resolve();
        };
      }),
  };
}
export type RunningCalls = ReturnType<typeof createRunningCalls>;
