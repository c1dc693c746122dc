import { createTestClock } from "@thor/kit/testing/clock";
import { expect, it } from "vitest";

import type { PromiseClaim } from "../src/port.ts";
import { openTempLedger } from "../src/testing/temp-ledger.ts";

const promise = (dedupeKey: string, stream = "slack:C1/1.1") => ({
  kind: "slack.post",
  stream,
  dedupeKey,
  payload: { text: dedupeKey },
});
const heldBy = (claim: PromiseClaim | undefined) => {
  if (claim === undefined) throw new Error("nothing was claimed");
  return { stream: claim.stream, fence: claim.fence, id: claim.item.id };
};
const open = async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  const claim = async (...streams: ("slack" | "control")[]) => {
    const answer = await ledger.claimOutbox({
      holder: "gateway/one",
      max: 8,
      ttlMs: 15_000,
      streams: streams.length === 0 ? ["slack"] : streams,
    });
    if (answer.kind !== "claimed") throw new Error(answer.kind);
    return answer.claims;
  };
  return { clock, ledger, claim };
};

it("says one thing at a time in a stream, in the order it was promised", async () => {
  const { ledger, claim } = await open();
  await ledger.enqueueOutbox(promise("one"));
  await ledger.enqueueOutbox(promise("two"));
  await ledger.enqueueOutbox(promise("else", "slack:C2/1.1"));
  await ledger.enqueueOutbox(promise("stop", "control:a1"));
  const [first, other, ...rest] = await claim();
  expect([first?.item.dedupeKey, other?.item.dedupeKey, rest]).toEqual(["one", "else", []]);
  expect(await claim()).toEqual([]);
  const settled = {
    stream: first?.stream ?? "",
    fence: first?.fence ?? 0,
    id: first?.item.id ?? "",
    result: { kind: "sent", result: { ts: "9.9" } },
  } as const;
  expect(await ledger.settleOutbox(settled)).toEqual({ kind: "settled" });
  expect(await ledger.settleOutbox(settled)).toEqual({ kind: "lost" });
  expect((await claim()).map(({ item }) => item.dedupeKey)).toEqual(["two"]);
  expect(await ledger.enqueueOutbox(promise("one"))).toMatchObject({
    kind: "exists",
    state: "done",
    result: { ts: "9.9" },
  });
});

it("tells the next drainer that a promise may have been said when its holder died or did not know", async () => {
  const { clock, ledger, claim } = await open();
  await ledger.enqueueOutbox(promise("one"));
  expect((await claim())[0]?.item.maybeSent).toBe(false);
  clock.advance(15_000);
  const [second] = await claim();
  expect(second?.item).toMatchObject({ maybeSent: true, attempts: 1 });
  const held = heldBy(second);
  await ledger.settleOutbox({
    ...held,
    result: { kind: "retry", notBefore: clock.now() + 1000, error: "rate limited" },
  });
  clock.advance(999);
  expect(await claim()).toEqual([]);
  clock.advance(1);
  const [third] = await claim();
  expect(third?.item).toMatchObject({ maybeSent: false, attempts: 2 });
  await ledger.settleOutbox({
    ...held,
    fence: third?.fence ?? 0,
    result: { kind: "unknown", notBefore: clock.now(), error: "reset" },
  });
  expect((await claim())[0]?.item.maybeSent).toBe(true);
});

it("goes on with a stream after a promise that failed for good", async () => {
  const { ledger, claim } = await open();
  await ledger.enqueueOutbox(promise("one"));
  await ledger.enqueueOutbox(promise("two"));
  const [first] = await claim();
  await ledger.settleOutbox({
    stream: first?.stream ?? "",
    fence: first?.fence ?? 0,
    id: first?.item.id ?? "",
    result: { kind: "failed", error: "gone" },
  });
  expect((await claim())[0]?.item.dedupeKey).toBe("two");
  expect((await ledger.queueStats()).outbox).toMatchObject({ pending: 1, failed: 1 });
});

it("remembers a click once", async () => {
  const { ledger } = await open();
  const click = { promise: promise("click-1", "click:a1"), refs: {} };
  expect((await ledger.recordClick(click)).kind).toBe("recorded");
  expect(await ledger.recordClick(click)).toMatchObject({ kind: "exists", state: "pending" });
});
