import { createTestClock } from "@thor/kit/testing/clock";
import { expect, it } from "vitest";

import { claimAll, claimOne, opening, openRun, slackMessage } from "../src/testing/events.ts";
import { openTempLedger } from "../src/testing/temp-ledger.ts";

const open = async () => {
  const clock = createTestClock();
  return { clock, ledger: await openTempLedger({ clock }) };
};
const anchorOf = (admitted: object) =>
  "anchorId" in admitted && typeof admitted.anchorId === "string" ? admitted.anchorId : "";
const accept = async (
  ledger: Awaited<ReturnType<typeof open>>["ledger"],
  ...message: Parameters<typeof slackMessage>
) => {
  const admitted = await ledger.admit(slackMessage(...message));
  if (admitted.kind !== "accepted") throw new Error(admitted.kind);
  return admitted;
};

it("answers a repeated delivery with the event it made, also when that event is done", async () => {
  const { ledger } = await open();
  const run = await openRun(ledger);
  await ledger.settle({ lane: run.claim.lane, fence: run.claim.fence, result: { kind: "accepted", triggerId: "t1" } });
  const again = await ledger.admit({ ...slackMessage(), deliveryKey: "x1" });
  const repeat = await ledger.admit({ ...slackMessage(), deliveryKey: "x1" });
  expect(again.kind).toBe("accepted");
  expect(repeat).toEqual({
    kind: "duplicate",
    by: "delivery",
    eventId: again.kind === "accepted" ? again.eventId : "",
  });
});

it("remembers a second delivery of one message and leaves no orphan behind", async () => {
  const { ledger } = await open();
  const first = await accept(ledger, {}, { messageKey: "m1" });
  const other = slackMessage(
    { correlationKey: "slack:thread:C9/1700000000.000900" },
    { messageKey: "m1", deliveryKey: "again" },
  );
  expect(await ledger.admit(other)).toEqual({ kind: "duplicate", by: "message", eventId: first.eventId });
  expect(await ledger.anchorOf({ type: "slack.thread", value: "C9/1700000000.000900" })).toEqual({ kind: "unknown" });
  expect((await ledger.queueStats()).pending).toBe(1);
  expect(
    await ledger.recordIgnored({ provider: "slack", deliveryKey: "again", reason: "x", eventType: "e", refs: {} }),
  ).toEqual({ kind: "duplicate" });
});

it("admits a delivery that was ignored before, so that a redelivery after a repair works", async () => {
  const { ledger } = await open();
  const message = slackMessage();
  await ledger.recordIgnored({
    provider: "slack",
    deliveryKey: message.deliveryKey,
    reason: "bug",
    eventType: "e",
    refs: {},
  });
  expect((await ledger.admit(message)).kind).toBe("accepted");
});

it("lets plain messages travel together three quiet seconds after the last", async () => {
  const { clock, ledger } = await open();
  const ids: string[] = [];
  for (const pause of [0, 2000, 2000]) {
    clock.advance(pause);
    ids.push((await accept(ledger)).eventId);
  }
  clock.advance(2999);
  expect(await claimAll(ledger)).toEqual([]);
  clock.advance(1);
  expect((await claimOne(ledger)).items.map(({ id }) => id)).toEqual(ids);
});

it("waits at most fifteen seconds however steadily messages come", async () => {
  const { clock, ledger } = await open();
  let claimedAt = -1;
  for (let at = 0; at <= 30_000 && claimedAt < 0; at += 1000) {
    if (at % 2000 === 0) await accept(ledger);
    if ((await claimAll(ledger)).length > 0) claimedAt = at;
    clock.advance(1000);
  }
  expect(claimedAt).toBe(15_000);
});

it("lets a waiting message travel at once with an urgent one, across keys of one conversation", async () => {
  const { clock, ledger } = await open();
  const first = await accept(ledger);
  await ledger.bindAlias({ type: "git.branch", value: "thor:fix", anchorId: anchorOf(first), source: "test" });
  clock.advance(500);
  const second = await accept(ledger, { urgent: true, correlationKey: "git:branch:thor:fix" });
  expect(second.lane).toBe(first.lane);
  expect((await claimOne(ledger)).items).toHaveLength(2);
});

it("keeps what arrives for a held lane for the next batch", async () => {
  const { clock, ledger } = await open();
  await accept(ledger, { urgent: true });
  const claim = await claimOne(ledger);
  const late = await accept(ledger, { urgent: true });
  expect(await claimAll(ledger)).toEqual([]);
  await ledger.settle({
    lane: claim.lane,
    fence: claim.fence,
    result: { kind: "failed", error: "gone", permanent: true },
  });
  clock.advance(1);
  expect((await claimOne(ledger)).items.map(({ id }) => id)).toEqual([late.eventId]);
});

it("gives a lane whose holder vanished to the next one, and refuses every later write of the first", async () => {
  const { clock, ledger } = await open();
  await accept(ledger, { urgent: true });
  const first = await claimOne(ledger);
  const eventIds = first.items.map(({ id }) => id);
  await ledger.beginDispatch({
    lane: first.lane,
    fence: first.fence,
    dispatchId: "d1",
    eventIds,
    anchorId: first.anchorId ?? "",
  });
  clock.advance(15_000);
  const second = await claimOne(ledger);
  expect(second.fence).toBeGreaterThan(first.fence);
  expect(second.items[0]?.attempts).toBe(1);
  const held = { lane: first.lane, fence: first.fence };
  expect(await ledger.renew({ queue: "events", ...held, ttlMs: 1000 })).toEqual({ kind: "lost" });
  expect(await ledger.applyPlan({ ...held, drops: [], deads: [], reroutes: [], waits: [] })).toEqual({ kind: "lost" });
  expect(await ledger.settle({ ...held, result: { kind: "released" } })).toEqual({ kind: "lost" });
  expect(
    await ledger.openTrigger(opening(first, { dispatchId: "d1", triggerId: "t1", anchorId: first.anchorId ?? "" })),
  ).toEqual({ kind: "stale_fence" });
});

it("finds the run of a lost answer, and dispatches nothing again", async () => {
  const { clock, ledger } = await open();
  const { claim } = await openRun(ledger);
  const settled = await ledger.settle({
    lane: claim.lane,
    fence: claim.fence,
    result: { kind: "unknown", error: "reset" },
  });
  expect(settled).toMatchObject({ kind: "settled", status: "idle", dead: [] });
  clock.advance(3_600_000);
  expect(await claimAll(ledger)).toEqual([]);
});

it("refuses a late opening after a lost answer without a run, and opens exactly one run on the retry", async () => {
  const { clock, ledger } = await open();
  const { anchorId = "" } = await accept(ledger, { urgent: true });
  const dispatch = async (dispatchId: string) => {
    const claim = await claimOne(ledger);
    await ledger.beginDispatch({
      lane: claim.lane,
      fence: claim.fence,
      dispatchId,
      eventIds: claim.items.map(({ id }) => id),
      anchorId,
    });
    return claim;
  };
  const first = await dispatch("d1");
  await ledger.settle({ lane: first.lane, fence: first.fence, result: { kind: "unknown", error: "reset" } });
  expect(await ledger.openTrigger(opening(first, { dispatchId: "d1", triggerId: "t1", anchorId }))).toEqual({
    kind: "stale_fence",
  });
  clock.advance(2000);
  const second = await dispatch("d2");
  const open2 = opening(second, { dispatchId: "d2", triggerId: "t2", anchorId });
  expect((await ledger.openTrigger(open2)).kind).toBe("opened");
  expect(await ledger.openTrigger(open2)).toMatchObject({ kind: "already_open", triggerId: "t2" });
  expect(await ledger.openTriggers()).toHaveLength(1);
});

it("keeps events waiting while a run is open and makes their lane due in the write that closes it", async () => {
  const { clock, ledger } = await open();
  const { anchorId, runFence, claim } = await openRun(ledger);
  await ledger.settle({ lane: claim.lane, fence: claim.fence, result: { kind: "accepted", triggerId: "t1" } });
  await accept(ledger);
  clock.advance(3000);
  const next = await claimOne(ledger);
  await ledger.beginDispatch({
    lane: next.lane,
    fence: next.fence,
    dispatchId: "d2",
    eventIds: next.items.map(({ id }) => id),
    anchorId,
  });
  expect(await ledger.openTrigger(opening(next, { dispatchId: "d2", triggerId: "t2", anchorId }))).toEqual({
    kind: "busy",
    triggerId: "t1",
  });
  const pollAt = clock.now() + 30_000;
  expect(await ledger.settle({ lane: next.lane, fence: next.fence, result: { kind: "busy", pollAt } })).toMatchObject({
    status: "busy",
    dueAt: pollAt,
  });
  expect(await claimAll(ledger)).toEqual([]);
  expect(await ledger.closeTrigger({ triggerId: "t1", runFence, status: "completed" })).toEqual({ kind: "closed" });
  expect((await claimOne(ledger)).items[0]?.attempts).toBe(0);
});

it("lets an interrupting message end the open run and take over its lease", async () => {
  const { ledger } = await open();
  const first = await openRun(ledger);
  await ledger.settle({
    lane: first.claim.lane,
    fence: first.claim.fence,
    result: { kind: "accepted", triggerId: "t1" },
  });
  await accept(ledger, { urgent: true, interrupt: true });
  const claim = await claimOne(ledger);
  const { anchorId } = first;
  await ledger.beginDispatch({
    lane: claim.lane,
    fence: claim.fence,
    dispatchId: "d2",
    eventIds: claim.items.map(({ id }) => id),
    anchorId,
  });
  const taken = await ledger.openTrigger(
    opening(claim, { dispatchId: "d2", triggerId: "t2", anchorId, interrupt: true }),
  );
  expect(taken).toMatchObject({ kind: "opened", triggerId: "t2" });
  expect(await ledger.triggerById({ triggerId: "t1" })).toMatchObject({ status: "aborted", reason: "user_interrupt" });
  expect(await ledger.closeTrigger({ triggerId: "t1", runFence: first.runFence, status: "completed" })).toEqual({
    kind: "already_closed",
  });
  expect(await ledger.setTrigger({ triggerId: "t2", runFence: first.runFence, set: {} })).toEqual({
    kind: "stale_fence",
  });
});

it("gives up after fifteen failures, tells why, and starts afresh when a person replays", async () => {
  const { clock, ledger } = await open();
  const { eventId } = await accept(ledger, { urgent: true });
  let dead: string[] = [];
  for (let n = 1; dead.length === 0; n += 1) {
    const claim = await claimOne(ledger);
    expect(claim.attempt).toBe(n);
    const promises = [{ kind: "slack.post", stream: "slack:C1/1", dedupeKey: `dead:${eventId}`, payload: {} }];
    const answer = await ledger.settle({
      lane: claim.lane,
      fence: claim.fence,
      result: { kind: "failed", error: "no route", permanent: false },
      onDead: [{ eventId, promises }],
    });
    if (answer.kind !== "settled") throw new Error(answer.kind);
    dead = answer.dead;
    clock.advance(300_000);
  }
  expect((await ledger.promiseByKey({ dedupeKey: `dead:${eventId}` }))?.state).toBe("pending");
  const detail = await ledger.getEvent({ eventId });
  expect(detail).toMatchObject({ state: "dead", lastError: "no route", attempts: 15 });
  expect(detail?.history).toHaveLength(15);
  const items = [{ id: eventId, version: detail?.version ?? 0 }];
  expect(await ledger.replay({ items, by: "ann", reason: "fixed" })).toMatchObject({ done: [eventId] });
  expect(await ledger.replay({ items, by: "ann", reason: "fixed" })).toMatchObject({ changed: [eventId] });
  expect((await ledger.auditPage({ event: "event.replayed", limit: 10 })).rows).toHaveLength(1);
  expect((await claimOne(ledger)).items[0]).toMatchObject({ id: eventId, attempts: 0 });
});

it("tries each event of a refused batch alone, so that only the poisoned one dies", async () => {
  const { ledger } = await open();
  const ids: string[] = [];
  for (let n = 0; n < 10; n += 1) ids.push((await accept(ledger, { urgent: true })).eventId);
  const poison = ids[3];
  const dead: string[] = [];
  const refused = { kind: "failed", error: "bad", permanent: true } as const;
  for (let tries = 0; tries < 11; tries += 1) {
    const claim = await claimOne(ledger);
    const isBad = claim.items.some(({ id }) => id === poison);
    const eventIds = claim.items.map(({ id }) => id);
    await ledger.beginDispatch({
      lane: claim.lane,
      fence: claim.fence,
      dispatchId: `d${tries}`,
      eventIds,
      anchorId: claim.anchorId ?? "",
    });
    const result = isBad ? refused : ({ kind: "accepted", triggerId: `t${tries}` } as const);
    const settled = await ledger.settle({ lane: claim.lane, fence: claim.fence, result });
    if (settled.kind === "settled") dead.push(...settled.dead);
  }
  expect(dead).toEqual([poison]);
  expect(await ledger.queueStats()).toMatchObject({ pending: 0, dead: 1 });
});

it("gives up on a batch that kills its holder each time", async () => {
  const { clock, ledger } = await open();
  await accept(ledger, { urgent: true });
  for (let n = 0; n < 15; n += 1) {
    await claimOne(ledger);
    clock.advance(15_000);
  }
  expect(await claimAll(ledger)).toEqual([]);
  expect(await ledger.queueStats()).toMatchObject({ pending: 0, dead: 1 });
});

it("claims nothing while dispatch is paused, and admits all the same", async () => {
  const { ledger } = await open();
  await ledger.setSetting({ key: "dispatch_paused", value: true, by: "ann" });
  expect((await accept(ledger, { urgent: true })).kind).toBe("accepted");
  expect(await claimAll(ledger)).toEqual([]);
  await ledger.setSetting({ key: "dispatch_paused", value: false, by: "ann" });
  expect(await claimAll(ledger)).toHaveLength(1);
});

it("replaces the text of a message that still waits, and leaves a claimed one alone", async () => {
  const { clock, ledger } = await open();
  const { eventId } = await accept(ledger, {}, { messageKey: "m1" });
  clock.advance(2000);
  const edit = { provider: "slack", messageKey: "m1", payload: { text: "new" } } as const;
  expect(await ledger.amendReady(edit)).toEqual({ kind: "amended", eventId, rev: 2 });
  clock.advance(2999);
  expect(await claimAll(ledger)).toEqual([]);
  clock.advance(1);
  expect((await claimOne(ledger)).items[0]).toMatchObject({ payload: { text: "new" }, payloadRev: 2 });
  expect(await ledger.amendReady(edit)).toEqual({ kind: "not_ready", state: "claimed" });
});

it("moves a rerouted event to its conversation with id and age, due at once", async () => {
  const { clock, ledger } = await open();
  const { eventId } = await accept(ledger, { correlationKey: "pending:branch-resolve:1", urgent: true, sourceAt: 7 });
  const claim = await claimOne(ledger);
  expect(claim.anchorId).toBeUndefined();
  clock.advance(100);
  const reroutes = [{ id: eventId, correlationKey: "git:branch:thor:fix", bind: "anchor" as const }];
  const applied = await ledger.applyPlan({
    lane: claim.lane,
    fence: claim.fence,
    drops: [],
    deads: [],
    waits: [],
    reroutes,
  });
  expect(applied).toEqual({ kind: "applied", remaining: 0 });
  expect(await ledger.settle({ lane: claim.lane, fence: claim.fence, result: { kind: "released" } })).toMatchObject({
    status: "idle",
  });
  const moved = await claimOne(ledger);
  expect(moved.items[0]).toMatchObject({
    id: eventId,
    sourceAt: 7,
    receivedAt: clock.now() - 100,
    correlationKey: "git:branch:thor:fix",
  });
  expect(moved.lane).toBe(`anchor:${moved.anchorId}`);
});

it("lets a planned wait pass without counting an attempt", async () => {
  const { clock, ledger } = await open();
  const { eventId } = await accept(ledger, { urgent: true });
  const claim = await claimOne(ledger);
  const notBefore = clock.now() + 30_000;
  await ledger.applyPlan({
    lane: claim.lane,
    fence: claim.fence,
    drops: [],
    deads: [],
    reroutes: [],
    waits: [{ id: eventId, notBefore }],
  });
  expect(await ledger.settle({ lane: claim.lane, fence: claim.fence, result: { kind: "released" } })).toMatchObject({
    status: "waiting",
    dueAt: notBefore,
  });
  clock.advance(29_999);
  expect(await claimAll(ledger)).toEqual([]);
  clock.advance(1);
  expect((await claimOne(ledger)).items[0]?.attempts).toBe(0);
});
