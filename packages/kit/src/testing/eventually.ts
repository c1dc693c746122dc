/** Waits for a named fact, never for a time: polls `look` until it answers something, or fails naming the fact. */
export async function eventually<T>(
  fact: string,
  look: () => Promise<T | undefined> | T | undefined,
  withinMs = 45_000,
): Promise<T> {
  const end = Date.now() + withinMs;
  while (Date.now() < end) {
    const seen = await look();
    if (seen !== undefined && seen !== false && seen !== null) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`not seen within ${withinMs} ms: ${fact}`);
}
