/** One event from its admission to the end of its run, by a process that finishes whatever an earlier one left. */
import { openLedger } from "../src/open.ts";
import { opening, slackMessage } from "../src/testing/events.ts";

const [path = ""] = process.argv.slice(2);
const opened = await openLedger({
  url: `sqlite:${path}`,
  service: "steps",
  instance: "one",
  secret: "an internal secret of a test 32 chars+",
  settings: { retryBaseMs: 20, retryCapMs: 50 },
  writerFile: new URL("./failpoint-writer.ts", import.meta.url),
});
if (opened.kind !== "opened") throw new Error(JSON.stringify(opened));
const { ledger } = opened;
const TTL_MS = 300;
const endsAt = Date.now() + 20_000;

/** What a runner does at its start: it takes over the leases of the one that died, and ends what that left open. */
async function recoverRuns(): Promise<void> {
  for (const run of await ledger.openTriggers()) {
    const name = `run:${run.anchorId}`;
    const lease = await ledger.readLease({ name });
    if (lease?.holder !== undefined) await ledger.releaseLease({ name, holder: lease.holder, fence: lease.fence });
    const taken = await ledger.acquireLease({ name, holder: "runner/two", ttlMs: 30_000 });
    if (taken.kind === "acquired")
      await ledger.closeTrigger({ triggerId: run.id, runFence: taken.fence, status: "completed" });
  }
}

async function dispatch(): Promise<void> {
  const answer = await ledger.claimEvents({ holder: "steps", max: 1, batchMax: 10, ttlMs: TTL_MS });
  const claim = answer.kind === "claimed" ? answer.claims[0] : undefined;
  if (claim === undefined) return;
  const anchorId = claim.anchorId ?? "";
  const names = { dispatchId: `d-${Date.now()}`, triggerId: `t-${Date.now()}`, anchorId };
  const held = { lane: claim.lane, fence: claim.fence };
  await ledger.beginDispatch({
    ...held,
    dispatchId: names.dispatchId,
    eventIds: claim.items.map(({ id }) => id),
    anchorId,
  });
  const run = await ledger.openTrigger(opening(claim, names));
  await ledger.settle({ ...held, result: { kind: "accepted", triggerId: names.triggerId } });
  if (run.kind === "opened")
    await ledger.closeTrigger({ triggerId: names.triggerId, runFence: run.runFence, status: "completed" });
}

async function speak(): Promise<void> {
  const answer = await ledger.claimOutbox({ holder: "steps", max: 1, ttlMs: TTL_MS, streams: ["slack"] });
  const claim = answer.kind === "claimed" ? answer.claims[0] : undefined;
  if (claim !== undefined)
    await ledger.settleOutbox({
      stream: claim.stream,
      fence: claim.fence,
      id: claim.item.id,
      result: { kind: "sent" },
    });
}

const isDone = async () => {
  const { pending, outbox } = await ledger.queueStats();
  return pending === 0 && outbox.pending === 0 && (await ledger.openTriggers()).length === 0;
};

const promise = { kind: "slack.post", stream: "slack:C1/1", dedupeKey: "eyes", payload: {} };
await ledger.admit(slackMessage({ urgent: true }, { deliveryKey: "only", messageKey: "only", outbox: [promise] }));
await recoverRuns();
while (!(await isDone())) {
  if (Date.now() > endsAt) throw new Error("not done in time");
  await dispatch();
  await speak();
  await new Promise((resolve) => setTimeout(resolve, 20));
}
await ledger.close();
