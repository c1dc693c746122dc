/** Sums of days as stacked bars: the eight largest groups by name, everything else together. */
import { isoDay } from "@thor/views/format";

export const METRICS = ["cost", "tokens", "runs", "time"] as const;
export type Metric = (typeof METRICS)[number];

export interface UsageDay {
  day: number;
  group: string;
  runs: number;
  input: number;
  cached: number;
  output: number;
  reasoning: number;
  costMicros: number;
  unpricedTokens: number;
  wallMs: number;
}
export interface Chart {
  metric: Metric;
  series: readonly string[];
  days: readonly { day: string; total: number; parts: readonly { series: number; value: number }[] }[];
  max: number;
}

const DAY_MS = 86_400_000;
const TOP = 8;
const OTHER = "other";

const valueOf = (metric: Metric, row: UsageDay): number => {
  switch (metric) {
    case "cost":
      return row.costMicros;
    case "tokens":
      return row.input + row.cached + row.output + row.reasoning;
    case "runs":
      return row.runs;
    case "time":
      return row.wallMs;
  }
};

/** Groups by their sum, largest first. */
function groupsOf(rows: readonly UsageDay[], metric: Metric): string[] {
  const sums = new Map<string, number>();
  for (const row of rows) sums.set(row.group, (sums.get(row.group) ?? 0) + valueOf(metric, row));
  return [...sums].toSorted(([, a], [, b]) => b - a).map(([group]) => group);
}

/** Bars for each day from `since` to `now`, days without use included. */
export function chartOf(
  rows: readonly UsageDay[],
  { metric, since, now }: { metric: Metric; since: number; now: number },
): Chart {
  const groups = groupsOf(rows, metric);
  const named = groups.slice(0, TOP);
  const series = groups.length > TOP ? [...named, OTHER] : named;
  const seriesOf = (group: string) => (named.includes(group) ? named.indexOf(group) : TOP);
  const days = [];
  for (let day = since; day <= now; day += DAY_MS) {
    const values = new Map<number, number>();
    for (const row of rows.filter((one) => one.day === day)) {
      const at = seriesOf(row.group);
      values.set(at, (values.get(at) ?? 0) + valueOf(metric, row));
    }
    const parts = [...values].toSorted(([a], [b]) => a - b).map(([at, value]) => ({ series: at, value }));
    days.push({ day: isoDay(day), total: parts.reduce((sum, { value }) => sum + value, 0), parts });
  }
  return { metric, series, days, max: Math.max(0, ...days.map(({ total }) => total)) };
}

/** Sums over the whole period by group, most cost first. */
export function rankingOf(rows: readonly UsageDay[]): Omit<UsageDay, "day">[] {
  const sums = new Map<string, Omit<UsageDay, "day">>();
  for (const { day: _day, ...row } of rows) {
    const old = sums.get(row.group);
    sums.set(
      row.group,
      old === undefined
        ? row
        : {
            group: row.group,
            runs: old.runs + row.runs,
            input: old.input + row.input,
            cached: old.cached + row.cached,
            output: old.output + row.output,
            reasoning: old.reasoning + row.reasoning,
            costMicros: old.costMicros + row.costMicros,
            unpricedTokens: old.unpricedTokens + row.unpricedTokens,
            wallMs: old.wallMs + row.wallMs,
          },
    );
  }
  return [...sums.values()].toSorted((a, b) => b.costMicros - a.costMicros || b.runs - a.runs);
}
