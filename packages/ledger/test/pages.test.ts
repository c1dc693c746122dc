/** What pages read, and that what a person does there carries its proof. */
import { expect, it } from "vitest";

import { openRun, slackMessage } from "../src/testing/events.ts";
import { openTempLedger } from "../src/testing/temp-ledger.ts";

const proof = {
  service: "admin",
  event: "admin.anchor.test",
  actorKind: "admin" as const,
  actor: "ada@acme.dev",
  target: "t",
};

it("writes the evidence of a person's act in the same transaction, with the outcome as its decision", async () => {
  const ledger = await openTempLedger();
  const { anchorId } = await openRun(ledger);
  const anchor = await ledger.anchorById({ anchorId });
  const mute = { anchorId, version: anchor?.version ?? 0, by: "ada@acme.dev", muted: true };
  expect(await ledger.setAnchor(mute, proof)).toEqual({ kind: "set" });
  expect(await ledger.setAnchor(mute, proof)).toMatchObject({ kind: "changed" });
  const { rows } = await ledger.auditPage({ event: "admin.", limit: 10 });
  expect(rows.map(({ decision, actor }) => [decision, actor])).toEqual([
    ["refused", "ada@acme.dev"],
    ["done", "ada@acme.dev"],
  ]);
});

it("lists conversations with their newest run, by words, source and state, each once", async () => {
  const ledger = await openTempLedger();
  const { anchorId } = await openRun(ledger);
  await ledger.learnAnchor({ anchorId, title: "Fix the greeting", terms: ["greeting", "acme/web"] });
  for (let at = 0; at < 4; at += 1)
    await ledger.admit(slackMessage({ correlationKey: `slack:thread:C${at}X/1700000000.000100` }));
  const seen: string[] = [];
  let after: string | undefined;
  do {
    const page = await ledger.conversationRows({ limit: 2, after });
    seen.push(...page.rows.map(({ id }) => id));
    after = page.next;
  } while (after !== undefined);
  expect([seen.length, new Set(seen).size]).toEqual([5, 5]);
  const found = await ledger.conversationRows({ words: ["greet", "acme"], limit: 10 });
  expect(found.rows).toMatchObject([{ id: anchorId, title: "Fix the greeting", runs: 1, run: { status: "starting" } }]);
  expect((await ledger.conversationRows({ statuses: ["completed"], limit: 10 })).rows).toEqual([]);
  expect((await ledger.conversationRows({ statuses: ["starting"], source: "slack", limit: 10 })).rows).toHaveLength(1);
  expect(await ledger.conversationsEndingWith({ tail: anchorId.slice(-7) })).toContain(anchorId);
  expect(await ledger.conversationsNamed({ value: "C1/1700000000.000100" })).toEqual([anchorId]);
});

it("tells which steps of a run there are, and gives just the wanted ones", async () => {
  const ledger = await openTempLedger();
  const { anchorId, triggerId, runFence } = await openRun(ledger);
  const part = (partId: string, firstSeq: number) => ({
    partId,
    sessionId: "ses_1",
    messageId: "m1",
    type: "text",
    firstSeq,
    rev: firstSeq,
    state: { text: partId },
    truncated: false,
  });
  await ledger.upsertParts({ triggerId, runFence, anchorId, parts: [part("p2", 2), part("p1", 1)] });
  expect((await ledger.stepMarks({ triggerId })).map(({ partId, rev }) => [partId, rev])).toEqual([
    ["p1", 1],
    ["p2", 2],
  ]);
  expect(await ledger.stepsById({ triggerId, partIds: ["p2"] })).toMatchObject([{ state: { text: "p2" } }]);
  const { newest, oldest } = await ledger.changePositions();
  expect(oldest).toBe(1);
  expect((await ledger.readChanges({ after: newest - 1, limit: 10 })).map(({ seq }) => seq)).toEqual([newest]);
});

it("finds by a word that nearly every conversation knows, and by one that a single one knows", async () => {
  const ledger = await openTempLedger();
  for (let at = 0; at < 520; at += 1) {
    const minted = await ledger.mintAnchor({
      correlationKey: `slack:thread:C1/1700000000.${at + 100_000}`,
      source: "slack",
    });
    if ("anchorId" in minted) await ledger.learnAnchor({ anchorId: minted.anchorId, terms: ["common", `rare${at}`] });
  }
  const found = async (...words: string[]) => (await ledger.conversationRows({ words, limit: 200 })).rows.length;
  expect([await found("comm"), await found("common", "rare7"), await found("rare519"), await found("none")]).toEqual([
    200, 11, 1, 0,
  ]);
});
