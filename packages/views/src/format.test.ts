import { expect, it } from "vitest";

import { formatAgo, formatCost, formatCount, formatDuration, formatTime, formatUsd, zoneOf } from "./format.ts";

it("writes durations, counts and money the same way everywhere", () => {
  expect([12_900, 184_000, 7_800_000, 94 * 3_600_000].map(formatDuration)).toEqual([
    "12 s",
    "3 m 04 s",
    "2 h 10 m",
    "3 d 22 h",
  ]);
  expect([999, 1299, 1_290_000].map(formatCount)).toEqual(["999", "1.2 K", "1.2 M"]);
  expect([0, 1_500_000, 12_345, 120].map(formatUsd)).toEqual(["$0", "$1.50", "$0.012", "$0.0001"]);
});

it("never calls tokens free whose model has no price", () => {
  expect(formatCost({ costMicros: 0, unpricedTokens: 5 })).toBe("no price");
  expect(formatCost({ costMicros: 1_000_000, unpricedTokens: 2000 })).toBe("$1.00 + no price for 2 K");
  expect(formatCost({ costMicros: 0, unpricedTokens: 0 })).toBe("$0");
});

it("tells times in a known zone, and in UTC where the name means nothing", () => {
  expect(formatTime(1_700_000_000_000, zoneOf("Europe/Berlin"))).toBe("2023-11-14 23:13:20 Europe/Berlin");
  expect(["Mars/Base", "", undefined].map(zoneOf)).toEqual(["UTC", "UTC", "UTC"]);
  expect([formatAgo(0, 5000), formatAgo(0, 185_000), formatAgo(7_300_000, 0)]).toEqual([
    "just now",
    "3 min ago",
    "in 2 h",
  ]);
});
