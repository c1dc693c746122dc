/** One goal of a bench: a ratio (or a time) measured in this run, and what it must not pass. */
export interface Measure {
  id: string;
  what: string;
  value: number;
  goal: number;
  /** Whether the value must stay below the goal or reach it. */
  must: "at most" | "at least";
  detail: string;
}

const isMet = ({ must, value, goal }: Measure) => (must === "at most" ? value <= goal : value >= goal);

/** The table a person reads. */
export function renderReport(measures: readonly Measure[]): string {
  const lines = measures.map((measure) => {
    const sign = measure.must === "at most" ? "≤" : "≥";
    const state = isMet(measure) ? "ok  " : "MISS";
    const value = measure.value.toFixed(2).padStart(8);
    return `${state} ${measure.id.padEnd(4)} ${value} ${sign} ${String(measure.goal).padEnd(6)} ${measure.what} (${measure.detail})`;
  });
  return lines.join("\n");
}

/** How many goals were missed. */
export const missed = (measures: readonly Measure[]) => measures.filter((measure) => !isMet(measure)).length;

/** The value below which this share of the sample lies. */
export function quantile(sample: readonly number[], share: number): number {
  const sorted = sample.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}
export const median = (sample: readonly number[]) => quantile(sample, 0.5);

/** How long each call took, one after the other, in ms. */
export async function timeEach(times: number, call: (n: number) => Promise<unknown>): Promise<number[]> {
  const took: number[] = [];
  for (let n = 0; n < times; n += 1) {
    const startedAt = performance.now();
    await call(n);
    took.push(performance.now() - startedAt);
  }
  return took;
}

/** Runs `call` for every number below `total`, so many at a time. */
export async function inParallel(total: number, lanes: number, call: (n: number) => Promise<unknown>): Promise<void> {
  let next = 0;
  const walk = async () => {
    while (next < total) {
      const n = next;
      next += 1;
      await call(n);
    }
  };
  await Promise.all(Array.from({ length: lanes }, walk));
}
