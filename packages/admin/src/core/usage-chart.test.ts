import { expect, it } from "vitest";

import { chartOf, rankingOf, type UsageDay } from "./usage-chart.ts";

const DAY = 86_400_000;
const row = (day: number, group: string, costMicros: number): UsageDay => ({
  day: day * DAY,
  group,
  costMicros,
  runs: 1,
  input: 10,
  cached: 0,
  output: 5,
  reasoning: 0,
  unpricedTokens: 0,
  wallMs: 1000,
});

it("stacks the eight largest groups and the rest together, and shows days without use", () => {
  const rows = Array.from({ length: 10 }, (_, at) => row(at < 5 ? 0 : 2, `g${at}`, (at + 1) * 10));
  const chart = chartOf(rows, { metric: "cost", since: 0, now: 2 * DAY + 1 });
  expect(chart.series).toEqual(["g9", "g8", "g7", "g6", "g5", "g4", "g3", "g2", "other"]);
  expect(chart.days.map(({ day, total }) => [day, total])).toEqual([
    ["1970-01-01", 150],
    ["1970-01-02", 0],
    ["1970-01-03", 400],
  ]);
  expect(chart.max).toBe(400);
});

it("sums every group to what its rows say", () => {
  const ranked = rankingOf([row(0, "a", 1), row(1, "a", 2), row(1, "b", 5)]);
  expect(ranked.map(({ group, costMicros, runs }) => [group, costMicros, runs])).toEqual([
    ["b", 5, 1],
    ["a", 3, 2],
  ]);
});
