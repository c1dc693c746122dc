import { describe, expect, it } from "vitest";

import { afterArrival, type Arrival, atRest, type LaneStatus, type LaneTiming, NO_WINDOWS } from "./lane-windows.ts";

const limits = { quietMs: 3000, quietCapMs: 15_000 };
const lane = (status: LaneStatus, dueAt: number | null = null): LaneTiming => ({
  ...NO_WINDOWS,
  status,
  due_at: dueAt,
});
const plain = (at: number): Arrival => ({ at, human: true, urgent: false, interrupt: false });
const arrive = (from: LaneTiming, ...arrivals: Arrival[]) =>
  arrivals.reduce((now, one) => afterArrival(now, one, limits), from);

describe("an arrival", () => {
  it.each([
    ["plain ones slide the quiet window", lane("idle"), [plain(0), plain(2000), plain(4000)], "waiting", 7000],
    ["the window never slides past its cap", lane("idle"), [plain(0), plain(14_000)], "waiting", 15_000],
    [
      "an interrupting one has a window of its own",
      lane("idle"),
      [plain(0), { ...plain(1000), interrupt: true }],
      "waiting",
      3000,
    ],
    [
      "an urgent one is due at once, for good",
      lane("idle"),
      [
        { ...plain(5), urgent: true },
        { ...plain(900), interrupt: true },
      ],
      "waiting",
      5,
    ],
    ["a held lane keeps its lease time", lane("held", 99), [{ ...plain(5), urgent: true }], "held", 99],
    ["a busy lane waits for plain ones", lane("busy", 30_000), [plain(0)], "busy", 30_000],
    ["a busy lane is due for an urgent one", lane("busy", 30_000), [{ ...plain(5), urgent: true }], "busy", 5],
    ["backing off, a machine waits", lane("backoff", 30_000), [{ ...plain(0), human: false }], "backoff", 30_000],
    ["backing off, a person is heard", lane("backoff", 30_000), [plain(0)], "backoff", 3000],
    [
      "stopped, a machine is not heard",
      lane("stopped"),
      [{ ...plain(0), human: false, urgent: true }],
      "stopped",
      null,
    ],
    ["stopped, a person starts it again", lane("stopped"), [plain(0)], "waiting", 3000],
    ["a planned wait ends sooner with an arrival", lane("waiting", 60_000), [plain(0)], "waiting", 3000],
  ] as const)("%s", (...[, from, arrivals, status, dueAt]) => {
    expect(arrive(from, ...arrivals)).toMatchObject({ status, due_at: dueAt });
  });
});

describe("a lane that nobody holds", () => {
  it("is idle exactly when nothing waits", () => {
    expect(atRest(NO_WINDOWS, { pending: 0, notBefore: null }, 10)).toEqual(lane("idle"));
    expect(atRest(NO_WINDOWS, { pending: 1, notBefore: 5 }, 10)).toMatchObject({ status: "waiting", due_at: 10 });
  });

  it("is never due before what waits may move", () => {
    const windows = { ...NO_WINDOWS, quiet_first_at: 0, quiet_due_at: 3000 };
    expect(atRest(windows, { pending: 1, notBefore: 9000 }, 10).due_at).toBe(9000);
    expect(atRest(windows, { pending: 1, notBefore: 10 }, 10).due_at).toBe(3000);
  });
});
