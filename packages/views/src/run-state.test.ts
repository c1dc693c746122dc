import { expect, it } from "vitest";

import { runState } from "./run-state.ts";

const MINUTE = 60_000;
const run = { startedAt: 0, lastEventAt: 10 * MINUTE };

it.each([
  [{ ...run, status: "running" as const }, { now: 10 * MINUTE, asks: false }, "Running"],
  [{ ...run, status: "starting" as const }, { now: 10 * MINUTE, asks: true }, "Waiting for a person"],
  [{ ...run, status: "running" as const }, { now: 15 * MINUTE - 1, asks: false }, "Running"],
  [{ ...run, status: "running" as const }, { now: 15 * MINUTE, asks: false }, "Quiet"],
  [{ ...run, status: "running" as const }, { now: 99 * MINUTE, asks: true }, "Waiting for a person"],
  [{ ...run, status: "parked" as const, park: { why: "quota" } }, { now: 99 * MINUTE, asks: false }, "Parked"],
  [{ ...run, status: "completed" as const }, { now: 99 * MINUTE, asks: true }, "Done"],
  [{ ...run, status: "error" as const }, { now: 99 * MINUTE, asks: false }, "Failed"],
  [{ ...run, status: "aborted" as const }, { now: 99 * MINUTE, asks: false }, "Stopped"],
  [{ ...run, status: "budget" as const }, { now: 99 * MINUTE, asks: false }, "Stopped"],
  [{ ...run, status: "crashed" as const }, { now: 99 * MINUTE, asks: false }, "Crashed"],
])("says of %o at %o: %s", (facts, at, word) => {
  expect(runState(facts, at).word).toBe(word);
});

it("says why", () => {
  expect(runState({ ...run, status: "parked", park: { why: "quota" } }, { now: 0, asks: false }).why).toBe(
    "the model's quota",
  );
  expect(runState({ ...run, status: "budget" }, { now: 0, asks: false }).why).toBe("budget used up");
});
