import { expect, it } from "vitest";

import { runState } from "./run-state.ts";

const MINUTE = 60_000;
const run = { startedAt: 0, lastEventAt: 10 * MINUTE };

it.each([
  [{ ...run, status: "running" as const }, 10 * MINUTE, false, "Running"],
  [{ ...run, status: "starting" as const }, 10 * MINUTE, true, "Waiting for a person"],
  [{ ...run, status: "running" as const }, 15 * MINUTE - 1, false, "Running"],
  [{ ...run, status: "running" as const }, 15 * MINUTE, false, "Quiet"],
  [{ ...run, status: "running" as const }, 99 * MINUTE, true, "Waiting for a person"],
  [{ ...run, status: "parked" as const, park: { why: "quota" } }, 99 * MINUTE, false, "Parked"],
  [{ ...run, status: "completed" as const }, 99 * MINUTE, true, "Done"],
  [{ ...run, status: "error" as const }, 99 * MINUTE, false, "Failed"],
  [{ ...run, status: "aborted" as const }, 99 * MINUTE, false, "Stopped"],
  [{ ...run, status: "budget" as const }, 99 * MINUTE, false, "Stopped"],
  [{ ...run, status: "crashed" as const }, 99 * MINUTE, false, "Crashed"],
])("says of %o at %i (asks: %s): %s", (facts, now, asks, word) => {
  expect(runState(facts, { now, asks }).word).toBe(word);
});

it("says why", () => {
  expect(runState({ ...run, status: "parked", park: { why: "quota" } }, { now: 0, asks: false }).why).toBe(
    "the model's quota",
  );
  expect(runState({ ...run, status: "budget" }, { now: 0, asks: false }).why).toBe("budget used up");
});
