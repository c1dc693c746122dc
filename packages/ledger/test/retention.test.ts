import { createTestClock } from "@thor/kit/testing/clock";
import { expect, it } from "vitest";

import { openLedger } from "../src/open.ts";
import { openRun, slackMessage } from "../src/testing/events.ts";
import { openTempLedger, TEST_SECRET } from "../src/testing/temp-ledger.ts";

const DAY_MS = 24 * 3_600_000;

it("forgets words after two weeks and events after ninety days, and keeps conversations", async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  const { anchorId, eventId, runFence } = await openRun(ledger);
  await ledger.closeTrigger({ triggerId: "t1", runFence, status: "completed" });
  clock.advance(15 * DAY_MS);
  await ledger.sweep();
  const kept = await ledger.getEvent({ eventId });
  expect([kept?.state, kept?.payload]).toEqual(["done", undefined]);
  clock.advance(90 * DAY_MS);
  await ledger.sweep();
  expect(await ledger.getEvent({ eventId })).toBeUndefined();
  expect(await ledger.triggerById({ triggerId: "t1" })).toMatchObject({ status: "completed" });
  expect(await ledger.triggerById({ triggerId: "t1" })).not.toHaveProperty("prompt");
  expect(await ledger.anchorById({ anchorId })).toMatchObject({ id: anchorId });
});

it("keeps dead events until a person answers, and everything under legal hold", async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  const { anchorId, eventId, claim, runFence } = await openRun(ledger);
  await ledger.settle({ lane: claim.lane, fence: claim.fence, result: { kind: "accepted", triggerId: "t1" } });
  await ledger.closeTrigger({ triggerId: "t1", runFence, status: "completed" });
  await ledger.setSetting({ key: `hold:${anchorId}`, value: true, by: "ann" });
  clock.advance(400 * DAY_MS);
  await ledger.sweep();
  expect((await ledger.getEvent({ eventId }))?.payload).toBeDefined();
});

it("sweeps in one process at a time", async () => {
  const ledger = await openTempLedger();
  await ledger.acquireLease({ name: "sweeper", holder: "gateway/other", ttlMs: 30_000 });
  expect(await ledger.sweep()).toEqual({ kind: "not_mine" });
});

it("refuses a dedupe memory that is too short to catch a redelivery", async () => {
  const opened = await openLedger({
    url: "sqlite:/nowhere/thor.db",
    service: "t",
    instance: "1",
    secret: TEST_SECRET,
    retention: { deliveriesDays: 3 },
  });
  expect(opened).toMatchObject({ kind: "unavailable", error: "deliveries must be remembered for at least 7 days" });
});

it("keeps a settled event's answer to a redelivery for thirty days", async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  const message = slackMessage();
  await ledger.admit(message);
  clock.advance(29 * DAY_MS);
  await ledger.sweep();
  expect((await ledger.admit(message)).kind).toBe("duplicate");
  clock.advance(2 * DAY_MS);
  await ledger.sweep();
  expect((await ledger.admit(message)).kind).toBe("accepted");
});
