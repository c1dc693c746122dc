import { createTestClock } from "@thor/kit/testing/clock";
import { expect, it } from "vitest";

import { askApproval, begin, proof, vote } from "../src/testing/approvals.ts";
import { claimAll, opening, openRun, slackMessage } from "../src/testing/events.ts";
import { openTempLedger } from "../src/testing/temp-ledger.ts";

const open = async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  return { clock, ledger, run: await openRun(ledger), expiresAt: clock.now() + 3_600_000 };
};

it("lets exactly one of two last votes begin the execution", async () => {
  const { ledger, run, expiresAt } = await open();
  expect(await askApproval(ledger, { id: "a1", anchorId: run.anchorId, expiresAt })).toEqual({
    kind: "created",
    id: "a1",
  });
  const votes = await Promise.all([
    ledger.castVote(vote("a1", "U1", { quorum: 2 })),
    ledger.castVote(vote("a1", "U2", { quorum: 2 })),
  ]);
  expect(votes).toEqual([{ kind: "counted", have: 1, need: 2 }, { kind: "ready" }]);
  const begun = await Promise.all([ledger.beginExecution(begin("a1", 1, 2)), ledger.beginExecution(begin("a1", 1, 2))]);
  expect(begun).toEqual([
    { kind: "begun", fence: 2 },
    { kind: "already", state: "executing" },
  ]);
});

it("counts a person once, whatever they press, and leaves out those who may no longer vote", async () => {
  const { ledger, run, expiresAt } = await open();
  await askApproval(ledger, { id: "a1", anchorId: run.anchorId, expiresAt });
  await ledger.castVote(vote("a1", "U1", { quorum: 2 }));
  expect(await ledger.castVote({ ...vote("a1", "U1", { quorum: 2 }), clickId: "other" })).toEqual({
    kind: "counted",
    have: 1,
    need: 2,
  });
  expect(await ledger.castVote({ ...vote("a1", "U2", { quorum: 2 }), eligible: ["U2"] })).toEqual({
    kind: "counted",
    have: 1,
    need: 2,
  });
  expect(await ledger.beginExecution(begin("a1", 1, 3))).toEqual({ kind: "refused", rule: "quorum" });
});

it("refuses to execute what is not what was approved, or what has expired", async () => {
  const { clock, ledger, run, expiresAt } = await open();
  await askApproval(ledger, { id: "a1", anchorId: run.anchorId, expiresAt });
  await ledger.castVote(vote("a1", "U1"));
  expect(await ledger.beginExecution({ ...begin("a1"), argsSha256: "forged" })).toEqual({
    kind: "refused",
    rule: "fingerprint",
  });
  clock.advance(3_600_000);
  expect(await ledger.beginExecution(begin("a1"))).toEqual({ kind: "refused", rule: "expired" });
  expect(await ledger.castVote(vote("a1", "U2"))).toEqual({ kind: "refused", rule: "expired" });
});

it("never goes back from executing, and stores one end", async () => {
  const { ledger, run, expiresAt } = await open();
  await askApproval(ledger, { id: "a1", anchorId: run.anchorId, expiresAt });
  await ledger.castVote(vote("a1", "U1"));
  await ledger.beginExecution(begin("a1"));
  expect(await ledger.markSideEffect({ id: "a1", fence: 1 })).toEqual({ kind: "stale_fence" });
  expect(await ledger.markSideEffect({ id: "a1", fence: 2 })).toEqual({ kind: "marked" });
  const end = { id: "a1", fence: 2, state: "failed", sideEffect: "unknown", told: proof("approval.failed") } as const;
  expect(await ledger.finishExecution(end)).toEqual({ kind: "finished" });
  expect(await ledger.finishExecution({ ...end, state: "done" })).toEqual({ kind: "already", state: "failed" });
  expect(await ledger.castVote(vote("a1", "U2"))).toEqual({ kind: "already", state: "failed" });
  expect(await ledger.approvalById({ id: "a1" })).toMatchObject({ state: "failed", sideEffect: "unknown" });
});

it("answers the same request with the pending one and refuses an eleventh", async () => {
  const { ledger, run, expiresAt } = await open();
  const ask = (id: string) => askApproval(ledger, { id, anchorId: run.anchorId, expiresAt });
  for (let n = 0; n < 10; n += 1) await ask(`a${n}`);
  expect(await ask("a3")).toEqual({ kind: "existing", id: "a3" });
  expect(await ask("a10")).toEqual({ kind: "refused", rule: "too_many_pending" });
});

it("stops a conversation: machines' events go, people's stay, the run's pending requests are withdrawn", async () => {
  const { clock, ledger, run, expiresAt } = await open();
  await ledger.settle({ lane: run.claim.lane, fence: run.claim.fence, result: { kind: "accepted", triggerId: "t1" } });
  await askApproval(ledger, { id: "a1", anchorId: run.anchorId, triggerId: "t1", expiresAt });
  await askApproval(ledger, { id: "a2", anchorId: run.anchorId, expiresAt });
  await ledger.admit(slackMessage({ human: false, kind: "github.push" }));
  await ledger.admit(slackMessage());
  const stopped = await ledger.stopLane({ anchorId: run.anchorId, triggerId: "t1", by: "U1", reason: "stop button" });
  expect(stopped).toEqual({ kind: "stopped", cancelled: 1, kept: 1, withdrawn: 1, executing: 0 });
  expect(await ledger.approvalById({ id: "a1" })).toMatchObject({ state: "rejected", why: "stopped" });
  expect((await ledger.approvalById({ id: "a2" }))?.state).toBe("pending");
  clock.advance(3_600_000);
  expect(await claimAll(ledger)).toEqual([]);
  expect(await ledger.resumeLane({ anchorId: run.anchorId, by: "U1" })).toEqual({ kind: "done" });
  expect((await claimAll(ledger))[0]?.items.some(({ human }) => human)).toBe(true);
  expect(await ledger.resumeLane({ anchorId: run.anchorId, by: "U1" })).toEqual({ kind: "not_stopped" });
});

it("takes a batch back that is being handed over when a person stops: it can open no run any more", async () => {
  const ledger = await openTempLedger();
  await ledger.admit(slackMessage({ urgent: true }));
  const [claim] = await claimAll(ledger);
  if (claim === undefined) throw new Error("nothing was claimed");
  const { lane, fence, anchorId = "" } = claim;
  const eventIds = claim.items.map(({ id }) => id);
  await ledger.beginDispatch({ lane, fence, dispatchId: "d1", eventIds, anchorId });
  expect(await ledger.stopLane({ anchorId, by: "U1", reason: "stop" })).toMatchObject({ cancelled: 0, kept: 1 });
  const names = { dispatchId: "d1", triggerId: "t1", anchorId };
  expect(await ledger.openTrigger(opening(claim, names))).toEqual({ kind: "stale_fence" });
  expect(await ledger.settle({ lane, fence, result: { kind: "unknown", error: "reset" } })).toEqual({ kind: "lost" });
  expect(await ledger.queueStats()).toMatchObject({ pending: 1, claimed: 0, lanes: { stopped: 1 } });
});

it("expires requests and cards in a sweep and tells the conversation", async () => {
  const { clock, ledger, run, expiresAt } = await open();
  await askApproval(ledger, { id: "a1", anchorId: run.anchorId, expiresAt });
  const card = {
    id: "c1",
    kind: "question",
    refId: "q1",
    anchorId: run.anchorId,
    channel: "C1",
    threadTs: "1.1",
    payload: {},
    expiresAt,
  } as const;
  await ledger.openCard(card);
  clock.advance(3_600_000);
  expect((await ledger.sweep()).kind).toBe("swept");
  expect((await ledger.approvalById({ id: "a1" }))?.state).toBe("expired");
  expect((await ledger.cardById({ id: "c1" }))?.state).toBe("expired");
  expect((await ledger.listEvents({ source: "approval", limit: 10 })).rows).toHaveLength(1);
});

it("answers a card once, and only as it was seen", async () => {
  const { ledger, run, expiresAt } = await open();
  await ledger.openCard({
    id: "c1",
    kind: "question",
    refId: "q1",
    anchorId: run.anchorId,
    channel: "C1",
    threadTs: "1.1",
    payload: {},
    expiresAt,
  });
  await ledger.placeMessage({ table: "cards", id: "c1", channel: "C1", messageTs: "2.2" });
  expect(await ledger.actOnCard({ id: "c1", version: 1, state: "answered", by: "U1" })).toEqual({
    kind: "changed",
    version: 2,
  });
  expect(await ledger.locateMessage({ channel: "C1", ts: "2.2" })).toMatchObject({
    kind: "known",
    what: "card",
    anchorId: run.anchorId,
  });
  expect(await ledger.actOnCard({ id: "c1", version: 2, state: "answered", by: "U1" })).toEqual({ kind: "acted" });
  expect(await ledger.actOnCard({ id: "c1", version: 3, state: "answered", by: "U2" })).toEqual({
    kind: "already",
    state: "answered",
  });
});

it("lets a grant be used as often as it says, for the tool it names", async () => {
  const { clock, ledger, run } = await open();
  const grant = {
    id: "g1",
    store: "gh",
    tool: "ghIssueCreate",
    targetKey: "thor/thor",
    rule: "r",
    scopeKind: "conversation",
    scopeKey: run.anchorId,
    requesters: ["U1"],
    maxUses: 1,
    createdBy: "U2",
    approvers: ["U2"],
    expiresAt: clock.now() + 1000,
    told: proof("grant.created"),
  } as const;
  await ledger.createGrant(grant);
  const request = (id: string, tool = "ghIssueCreate") => ({
    id,
    store: "gh",
    tool,
    targetKey: "thor/thor",
    args: {},
    argsSha256: id,
    contextSha256: "c",
    authoredArgs: {},
    injected: {},
    presentation: {},
    requesters: ["U1"],
    rule: "r",
    policy: {},
    anchorId: run.anchorId,
    sessionId: "s",
    channel: "C1",
    threadTs: "1.1",
    expiresAt: clock.now() + 1000,
  });
  const use = (id: string, version: number, tool?: string) =>
    ledger.useGrant({ id: "g1", version, request: request(id, tool), told: proof("grant.used") });
  expect(await use("a1", 1, "awsExec")).toEqual({ kind: "refused", rule: "other_tool" });
  expect(await use("a1", 1)).toEqual({ kind: "begun", approvalId: "a1", fence: 1 });
  expect(await use("a2", 2)).toEqual({ kind: "refused", rule: "used_up" });
});
