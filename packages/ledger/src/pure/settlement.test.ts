import { expect, it } from "vitest";

import { afterFailure } from "./settlement.ts";

const limits = { retryBaseMs: 2000, retryCapMs: 300_000, retryMaxAttempts: 15 };
const at = (failures: number) => ({ now: 1000, chance: 0.5, failures, limits });
const batch = (...attempts: number[]) => attempts.map((tried, n) => ({ id: `e${n}`, attempts: tried }));

it("waits longer after each failure, up to the cap", () => {
  const dueAt = (failures: number) => afterFailure(batch(0), { permanent: false }, at(failures)).dueAt - 1000;
  expect([dueAt(0), dueAt(1), dueAt(2), dueAt(30)]).toEqual([1500, 3000, 6000, 225_000]);
});

it("obeys what the other side asks for", () => {
  expect(afterFailure(batch(0), { permanent: false, retryAfterMs: 7 }, at(9)).dueAt).toBe(1007);
});

it("kills only those that have used their attempts up", () => {
  expect(afterFailure(batch(0, 14), { permanent: false }, at(1))).toMatchObject({ dead: ["e1"], retry: ["e0"] });
});

it("splits a refused batch, and kills a refused single", () => {
  expect(afterFailure(batch(0, 0), { permanent: true }, at(0))).toMatchObject({
    dead: [],
    solo: ["e0", "e1"],
    dueAt: 1000,
  });
  expect(afterFailure(batch(0), { permanent: true }, at(0))).toMatchObject({ dead: ["e0"], solo: [] });
});
