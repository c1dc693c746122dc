import { createTestClock } from "@thor/kit/testing/clock";
import { expect, it } from "vitest";

import { claimAll, openRun, slackMessage } from "../src/testing/events.ts";
import { openTempLedger } from "../src/testing/temp-ledger.ts";

const mint = async (ledger: Awaited<ReturnType<typeof openTempLedger>>, key: string) => {
  const minted = await ledger.mintAnchor({ correlationKey: key, source: "test" });
  if (minted.kind !== "minted" && minted.kind !== "exists") throw new Error(minted.kind);
  return minted.anchorId;
};
const branch = { type: "git.branch", value: "thor:fix" } as const;

it("keeps a branch with its first conversation when a second one asks for it", async () => {
  const ledger = await openTempLedger();
  const [first, second] = [await mint(ledger, "cron:1"), await mint(ledger, "cron:2")];
  expect(await ledger.bindAlias({ ...branch, anchorId: first, source: "git" })).toEqual({ kind: "bound" });
  expect(await ledger.bindAlias({ ...branch, anchorId: first, source: "git" })).toEqual({ kind: "already_bound" });
  expect(await ledger.bindAlias({ ...branch, anchorId: second, source: "git" })).toEqual({
    kind: "bound_elsewhere",
    anchorId: first,
  });
  expect(await ledger.anchorOf(branch)).toEqual({ kind: "known", anchorId: first });
});

it("moves an alias only for a person, with proof, and never while a run is open", async () => {
  const ledger = await openTempLedger();
  const run = await openRun(ledger);
  const thread = { type: "slack.thread", value: "C1/1700000000.000100" } as const;
  const to = await mint(ledger, "cron:2");
  const move = { ...thread, version: 1, by: "ann", reason: "wrong thread", anchorId: to };
  expect(await ledger.moveAlias(move)).toEqual({ kind: "open_run", triggerId: "t1" });
  await ledger.closeTrigger({ triggerId: "t1", runFence: run.runFence, status: "completed" });
  expect(await ledger.moveAlias(move)).toEqual({ kind: "moved", from: run.anchorId });
  expect(await ledger.moveAlias(move)).toEqual({ kind: "changed", version: 2 });
  expect((await ledger.auditPage({ event: "alias.moved", limit: 5 })).rows[0]).toMatchObject({
    actor: "ann",
    reason: "wrong thread",
  });
  expect(await ledger.moveAlias({ ...move, type: "opencode.session", value: "ses_1" })).toEqual({ kind: "unknown" });
});

it("gives a conversation its directory once", async () => {
  const ledger = await openTempLedger();
  const anchorId = await mint(ledger, "cron:1");
  const stamp = { anchorId, repo: "thor", directory: "/repos/thor", by: "e1" };
  expect(await ledger.stampDirectory(stamp)).toEqual({ kind: "stamped" });
  expect(await ledger.stampDirectory({ ...stamp, repo: "other", directory: "/x" })).toEqual({
    kind: "already",
    repo: "thor",
    directory: "/repos/thor",
  });
});

it("replaces a main session only when its successor names it", async () => {
  const ledger = await openTempLedger();
  const anchorId = await mint(ledger, "cron:1");
  expect(await ledger.registerSession({ id: "s1", anchorId, kind: "main" })).toEqual({ kind: "registered" });
  expect(await ledger.registerSession({ id: "s2", anchorId, kind: "main" })).toEqual({ kind: "conflict" });
  expect(await ledger.registerSession({ id: "s2", anchorId, kind: "main", replaces: "s1" })).toEqual({
    kind: "registered",
  });
  expect(await ledger.registerSession({ id: "s2", anchorId, kind: "main" })).toEqual({ kind: "exists", anchorId });
  expect((await ledger.currentSession({ anchorId }))?.id).toBe("s2");
  expect((await ledger.sessionById({ sessionId: "s1" }))?.status).toBe("superseded");
});

it("keeps one conversation for a key that cannot be bound", async () => {
  const ledger = await openTempLedger();
  const anchorId = await mint(ledger, "cron:daily");
  expect(await ledger.mintAnchor({ correlationKey: "cron:daily", source: "cron" })).toEqual({
    kind: "exists",
    anchorId,
  });
});

it("is engaged by a session or a kept event, not by a dropped one", async () => {
  const ledger = await openTempLedger();
  const key = { type: "slack.thread", value: "C1/1700000000.000100" } as const;
  const admitted = await ledger.admit(slackMessage({ urgent: true }, { messageKey: "m1" }));
  expect(await ledger.engagement(key)).toMatchObject({ engaged: true, muted: false });
  expect(admitted.kind).toBe("accepted");
  await ledger.cancelReady({ provider: "slack", messageKey: "m1", reason: "deleted", by: "U1" });
  expect(await ledger.engagement(key)).toEqual({ engaged: false });
});

it("opens a run of its own only in a conversation without one, and reads its park back after a restart", async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  const anchorId = await mint(ledger, "cron:1");
  const own = (triggerId: string) => ({
    triggerId,
    anchorId,
    cause: "continue" as const,
    source: "runner",
    requesters: [],
    promptMessageId: "m",
    holder: "runner/one",
  });
  const opened = await ledger.openOwnTrigger(own("t1"));
  expect(opened).toEqual({ kind: "opened", runFence: 1 });
  expect(await ledger.openOwnTrigger(own("t1"))).toEqual({ kind: "busy", triggerId: "t1" });
  const set = { status: "parked", park: { why: "budget" }, promptMessageId: "m2", promptPartId: "p2" } as const;
  expect(await ledger.setTrigger({ triggerId: "t1", runFence: 1, set })).toEqual({ kind: "ok" });
  clock.advance(60_000);
  expect(await ledger.openOwnTrigger(own("t2"))).toEqual({ kind: "busy", triggerId: "t1" });
  expect((await ledger.openTriggers())[0]).toMatchObject({
    status: "parked",
    park: { why: "budget" },
    promptMessageId: "m2",
    promptPartId: "p2",
  });
});

it("refuses progress that is older than what is stored", async () => {
  const ledger = await openTempLedger();
  await openRun(ledger);
  const progress = {
    triggerId: "t1",
    channel: "C1",
    threadTs: "1.1",
    messageTs: "2.2",
    rev: 9,
    digest: "new",
    state: "live",
  } as const;
  expect(await ledger.saveProgress(progress)).toEqual({ kind: "saved" });
  expect(await ledger.saveProgress({ ...progress, rev: 8, digest: "old" })).toEqual({ kind: "refused", rev: 9 });
  expect((await ledger.progressOf({ triggerId: "t1" }))?.digest).toBe("new");
});

it("keeps the newest state of a part, under the run's fence", async () => {
  const ledger = await openTempLedger();
  const { anchorId, runFence } = await openRun(ledger);
  const part = (rev: number) => ({
    partId: "p1",
    sessionId: "s1",
    messageId: "m1",
    type: "text",
    firstSeq: 1,
    rev,
    state: { rev },
    truncated: false,
  });
  const store = (rev: number, fence = runFence) =>
    ledger.upsertParts({ triggerId: "t1", runFence: fence, anchorId, parts: [part(rev)] });
  expect(await store(2)).toEqual({ kind: "stored", n: 1, old: 0 });
  expect(await store(1)).toEqual({ kind: "stored", n: 0, old: 1 });
  expect(await store(3, runFence + 1)).toEqual({ kind: "stale_fence" });
  expect((await ledger.partsOf({ triggerId: "t1", limit: 10 })).map(({ state }) => state)).toEqual([{ rev: 2 }]);
});

it("ends an abandoned run once no runner was heard of for more than half an hour", async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  const { claim } = await openRun(ledger);
  await ledger.settle({ lane: claim.lane, fence: claim.fence, result: { kind: "accepted", triggerId: "t1" } });
  await ledger.admit(slackMessage());
  clock.advance(3000);
  const next = (await claimAll(ledger))[0];
  await ledger.settle({
    lane: next?.lane ?? "",
    fence: next?.fence ?? 0,
    result: { kind: "busy", pollAt: clock.now() + 86_400_000 },
  });
  await ledger.heartbeat({ service: "runner", instance: "one", detail: {} });
  clock.advance(29 * 60_000);
  await ledger.sweep();
  expect(await ledger.openTriggers()).toHaveLength(1);
  clock.advance(2 * 60_000);
  await ledger.sweep();
  expect(await ledger.triggerById({ triggerId: "t1" })).toMatchObject({ status: "crashed" });
  expect(await claimAll(ledger)).toHaveLength(1);
});

it("forgets what a conversation said but not that it was, unless it is on legal hold", async () => {
  const ledger = await openTempLedger();
  const { anchorId, claim, runFence } = await openRun(ledger);
  await ledger.settle({ lane: claim.lane, fence: claim.fence, result: { kind: "accepted", triggerId: "t1" } });
  await ledger.closeTrigger({ triggerId: "t1", runFence, status: "completed" });
  await ledger.setSetting({ key: `hold:${anchorId}`, value: true, by: "ann" });
  expect(await ledger.forgetAnchor({ anchorId, by: "ann" })).toEqual({ kind: "on_hold" });
  expect((await ledger.auditPage({ event: "control.forget", limit: 5 })).rows).toEqual([]);
  const other = await ledger.admit(
    slackMessage({ correlationKey: "slack:thread:C2/1700000000.000200" }, { messageKey: "m2" }),
  );
  const otherId = other.kind === "accepted" ? (other.anchorId ?? "") : "";
  expect(await ledger.forgetAnchor({ anchorId: otherId, by: "ann" })).toEqual({ kind: "forgotten" });
  expect((await ledger.auditPage({ event: "control.forget", limit: 5 })).rows).toHaveLength(1);
  const { rows } = await ledger.listPromises({ stream: `control:${otherId}`, limit: 5 });
  expect(rows.map(({ kind }) => kind)).toEqual(["control.forget"]);
  const eventId = other.kind === "accepted" ? other.eventId : "";
  expect(await ledger.getEvent({ eventId })).not.toHaveProperty("payload");
});
