/** The outcome of work, or `late` when it takes longer than somebody waits; the work itself goes on. */
export async function withinTime<T>(work: Promise<T>, ms: number): Promise<T | { kind: "late" }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ kind: "late" }>((resolve) => {
    timer = setTimeout(() => resolve({ kind: "late" }), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
