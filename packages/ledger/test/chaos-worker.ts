/** One of the processes of the chaos test: a random mix of writes; each acknowledged outcome is logged before the next. */
import { appendFileSync } from "node:fs";

import { openLedger } from "../src/open.ts";
import type { Claim, Ledger } from "../src/port.ts";
import { opening, slackMessage } from "../src/testing/events.ts";

const [path = "", logFile = "", name = ""] = process.argv.slice(2);
const opened = await openLedger({
  url: `sqlite:${path}`,
  service: "chaos",
  instance: name,
  secret: "an internal secret of a test 32 chars+",
  settings: { quietMs: 20, quietCapMs: 100, retryBaseMs: 20, retryCapMs: 100, retryMaxAttempts: 50 },
});
if (opened.kind !== "opened") throw new Error(JSON.stringify(opened));
const { ledger } = opened;
const log = (fact: object) => appendFileSync(logFile, `${JSON.stringify(fact)}\n`);
const random = (below: number) => Math.floor(Math.random() * below);
const key = () => `slack:thread:C1/17000000${10 + random(12)}.000100`;
let serial = 0;

async function admit(): Promise<void> {
  const id = `${random(400)}`;
  const message = slackMessage(
    { correlationKey: key(), urgent: random(3) === 0, human: random(2) === 0 },
    { deliveryKey: `delivery-${id}`, messageKey: `m-${id}` },
  );
  const answer = await ledger.admit(message);
  if (answer.kind === "accepted") log({ did: "accepted", eventId: answer.eventId, key: `m-${id}` });
}

async function bind(): Promise<void> {
  const minted = await ledger.mintAnchor({ correlationKey: key(), source: "chaos" });
  if (!("anchorId" in minted)) return;
  const value = `thor:branch-${random(30)}`;
  const answer = await ledger.bindAlias({ type: "git.branch", value, anchorId: minted.anchorId, source: "chaos" });
  if (answer.kind === "bound") log({ did: "bound", value, anchorId: minted.anchorId });
}

async function runBatchOf(batch: Claim): Promise<void> {
  const anchorId = batch.anchorId ?? "";
  const names = {
    dispatchId: `${name}-${Date.now()}-${(serial += 1)}`,
    triggerId: `t-${name}-${Date.now()}-${serial}`,
    anchorId,
  };
  const held = { lane: batch.lane, fence: batch.fence };
  await ledger.beginDispatch({
    ...held,
    dispatchId: names.dispatchId,
    eventIds: batch.items.map(({ id }) => id),
    anchorId,
  });
  const answer = await ledger.openTrigger(opening(batch, { ...names, interrupt: random(2) === 0 }));
  if (answer.kind === "opened") log({ did: "opened", ...names });
  if (answer.kind === "busy")
    return void (await ledger.settle({ ...held, result: { kind: "busy", pollAt: Date.now() + 50 } }));
  const settled = await ledger.settle({ ...held, result: { kind: "unknown", error: "chaos" } });
  log({ did: "settled", ...held, kind: settled.kind });
  if (answer.kind === "opened" && random(4) > 0) {
    await ledger.closeTrigger({ triggerId: names.triggerId, runFence: answer.runFence, status: "completed" });
  }
}

async function claim(): Promise<void> {
  const answer = await ledger.claimEvents({ holder: name, max: 2, batchMax: 5, ttlMs: 400 });
  for (const one of answer.kind === "claimed" ? answer.claims : []) {
    log({ did: "claimed", lane: one.lane, fence: one.fence });
    await runBatchOf(one);
  }
}

async function speak(): Promise<void> {
  await ledger.enqueueOutbox({
    kind: "slack.post",
    stream: `slack:C${random(5)}/1`,
    dedupeKey: `p-${random(500)}`,
    payload: {},
  });
  const answer = await ledger.claimOutbox({ holder: name, max: 2, ttlMs: 400, streams: ["slack"] });
  for (const { stream, fence, item } of answer.kind === "claimed" ? answer.claims : []) {
    log({ did: "claimed", lane: stream, fence });
    await ledger.settleOutbox({ stream, fence, id: item.id, result: { kind: "sent" } });
  }
}

async function prove(): Promise<void> {
  const line = { service: "chaos", event: "e", actorKind: "system", actor: name, target: "t", decision: "d" } as const;
  const answer = await ledger.appendAudit(line);
  if (answer.kind === "appended") log({ did: "proved", seq: answer.seq });
}

const cancel = (of: Ledger) =>
  of.cancelReady({ provider: "slack", messageKey: `m-${random(400)}`, reason: "chaos", by: name });
const ACTS: readonly (() => Promise<unknown>)[] = [
  admit,
  admit,
  admit,
  bind,
  claim,
  claim,
  speak,
  prove,
  () => cancel(ledger),
];

const walk = async () => {
  for (;;) await ACTS[random(ACTS.length)]?.();
};
await Promise.all([walk(), walk(), walk()]);
