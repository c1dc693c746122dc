import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { judgeDue } from "./due.ts";

const MIN = 60_000;
const NOW = 1_800_000_000_000;
const skip = { missed: "skip" as const, maxLateMs: 360 * MIN };
const once = { ...skip, missed: "once" as const };
const idle = { now: NOW, isPaused: false, waiting: 0 };
const ago = (...minutes: number[]) => minutes.map((minute) => NOW - minute * MIN);
const states = (runs: ReturnType<typeof judgeDue>) =>
  runs.map(({ state, reason }) => (reason === undefined ? state : `${state}: ${reason}`));
const MISSED = "missed: the scheduler was not running";

describe("times that have come", () => {
  it("fires what is on time", () => {
    expect(states(judgeDue(ago(1, 0), skip, idle))).toEqual(["waiting", "waiting"]);
  });

  it("only records what was missed, or makes up for the newest within its limit", () => {
    const down = ago(180, 120, 60);
    expect(states(judgeDue(down, skip, idle))).toEqual([MISSED, MISSED, MISSED]);
    expect(states(judgeDue(down, once, idle))).toEqual([MISSED, MISSED, "waiting"]);
    expect(states(judgeDue(down, { ...once, maxLateMs: 30 * MIN }, idle))).toEqual([MISSED, MISSED, MISSED]);
  });

  it("does not make up for the past when a time is on time anyway", () => {
    expect(states(judgeDue(ago(60, 0), once, idle))).toEqual([MISSED, "waiting"]);
  });

  it("lets no more than three of a line wait", () => {
    expect(states(judgeDue(ago(0), skip, { ...idle, waiting: 2 }))).toEqual(["waiting"]);
    expect(states(judgeDue(ago(0), skip, { ...idle, waiting: 3 }))).toEqual(["skipped: overlap"]);
  });

  it("fires nothing of a paused line", () => {
    expect(states(judgeDue(ago(60, 0), once, { ...idle, isPaused: true }))).toEqual([
      "skipped: paused",
      "skipped: paused",
    ]);
  });

  it("puts every time into exactly one state, and makes up for at most one", () => {
    const ages = fc.uniqueArray(fc.integer({ min: 0, max: 600 }), { maxLength: 20 });
    fc.assert(
      fc.property(ages, fc.boolean(), fc.nat(5), (minutes, isOnce, waiting) => {
        const times = ago(...minutes).toSorted((a, b) => a - b);
        const runs = judgeDue(times, isOnce ? once : skip, { ...idle, waiting });
        expect(runs.map(({ dueAt }) => dueAt)).toEqual(times);
        const late = runs.filter(({ state, dueAt }) => state === "waiting" && NOW - dueAt > 90_000);
        expect(late.length).toBeLessThanOrEqual(isOnce ? 1 : 0);
      }),
    );
  });
});
