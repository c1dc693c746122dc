/** Random histories of the queue against the invariants, with a clock that jumps. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

import { createTestClock } from "@thor/kit/testing/clock";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { array, assert, asyncProperty, constantFrom, nat, tuple } from "fast-check";
import { expect, it } from "vitest";

import { checkDatabase } from "../src/audit/check-database.ts";
import type { Claim, Ledger } from "../src/port.ts";
import { askApproval, begin, proof, vote } from "../src/testing/approvals.ts";
import { claimAll, opening, slackMessage } from "../src/testing/events.ts";
import { openTempLedger, TEST_SECRET } from "../src/testing/temp-ledger.ts";

interface World {
  ledger: Ledger;
  now: () => number;
  claims: Claim[];
  runs: Map<string, { anchorId: string; fence: number }>;
  terminal: Map<string, string>;
  serial: number;
}
type Step = (world: World, pick: number) => Promise<unknown>;

const pickOf = <T>(items: readonly T[], pick: number): T | undefined => items[pick % Math.max(1, items.length)];
const keyOf = (pick: number) => `slack:thread:C1/170000000${pick % 4}.000100`;
const held = (claim: Claim) => ({ lane: claim.lane, fence: claim.fence });
const without = (world: World, claim: Claim) => void (world.claims = world.claims.filter((one) => one !== claim));

async function dispatch(world: World, claim: Claim, interrupt: boolean): Promise<void> {
  const { ledger } = world;
  const anchorId = claim.anchorId ?? "";
  const names = { dispatchId: `d${(world.serial += 1)}`, triggerId: `t${world.serial}`, anchorId, interrupt };
  const eventIds = claim.items.map(({ id }) => id);
  const begun = await ledger.beginDispatch({ ...held(claim), dispatchId: names.dispatchId, eventIds, anchorId });
  if (begun.kind !== "begun") return;
  const opened = await ledger.openTrigger(opening(claim, names));
  if (opened.kind === "opened") world.runs.set(names.triggerId, { anchorId, fence: opened.runFence });
  await ledger.settle({ ...held(claim), result: { kind: "unknown", error: "answer lost" } });
}

const withClaim =
  (act: (world: World, claim: Claim, pick: number) => Promise<unknown>): Step =>
  async (world, pick) => {
    const claim = pickOf(world.claims, pick);
    if (claim === undefined) return;
    without(world, claim);
    await act(world, claim, pick);
  };

const results = (now: number) => [
  { kind: "released" as const },
  { kind: "busy" as const, pollAt: now + 30_000 },
  { kind: "failed" as const, error: "x", permanent: false },
  { kind: "failed" as const, error: "x", permanent: true },
  { kind: "unknown" as const, error: "x" },
];

const STEPS: readonly Step[] = [
  ({ ledger }, pick) =>
    ledger.admit(
      slackMessage(
        { correlationKey: keyOf(pick), human: pick % 3 > 0, urgent: pick % 5 === 0, interrupt: pick % 7 === 0 },
        { messageKey: `m${pick % 40}` },
      ),
    ),
  ({ ledger }, pick) => ledger.admit(slackMessage({ correlationKey: `pending:x:${pick % 3}`, solo: pick % 2 === 0 })),
  async (world) => void world.claims.push(...(await claimAll(world.ledger, 3))),
  withClaim((world, claim, pick) =>
    world.ledger.settle({ ...held(claim), result: pickOf(results(world.now()), pick) ?? { kind: "released" } }),
  ),
  withClaim((world, claim, pick) =>
    claim.anchorId === undefined ? Promise.resolve() : dispatch(world, claim, pick % 2 === 0),
  ),
  withClaim(async ({ ledger, now }, claim, pick) => {
    const [first, second, third] = claim.items;
    const drops = first === undefined ? [] : [{ id: first.id, reason: "gate", scrub: true }];
    const waits = second === undefined ? [] : [{ id: second.id, notBefore: now() + 5000 }];
    const reroutes =
      third === undefined ? [] : [{ id: third.id, correlationKey: keyOf(pick), bind: "anchor" as const }];
    await ledger.applyPlan({ ...held(claim), drops, deads: [], waits, reroutes });
    await ledger.settle({ ...held(claim), result: { kind: "released" } });
  }),
  async (world, pick) => {
    const [triggerId, run] = pickOf([...world.runs], pick) ?? ["", undefined];
    if (run === undefined) return;
    await world.ledger.closeTrigger({ triggerId, runFence: run.fence, status: "completed" });
    world.runs.delete(triggerId);
  },
  async ({ ledger }, pick) => {
    const known = await ledger.anchorOf({ type: "slack.thread", value: keyOf(pick).slice("slack:thread:".length) });
    if (known.kind === "unknown") return;
    const { anchorId } = known;
    if (pick % 2 === 0) await ledger.stopLane({ anchorId, by: "U1", reason: "x" });
    else await ledger.resumeLane({ anchorId, by: "U1" });
  },
  async ({ ledger }, pick) => {
    const { rows } = await ledger.listEvents({ state: "dead", limit: 5 });
    const items = rows.map(({ id, version }) => ({ id, version }));
    await ledger[pick % 2 === 0 ? "replay" : "discard"]({ items, by: "ann", reason: "x" });
  },
  ({ ledger }, pick) =>
    ledger.cancelReady({ provider: "slack", messageKey: `m${pick % 40}`, reason: "deleted", by: "U1" }),
  ({ ledger }, pick) => ledger.amendReady({ provider: "slack", messageKey: `m${pick % 40}`, payload: {} }),
  ({ ledger }) => ledger.sweep(),
];

/** I13: what has ended stays as it ended, a dead event aside. */
async function checkTerminal(world: World): Promise<void> {
  const { rows } = await world.ledger.listEvents({ limit: 200 });
  for (const { id, state } of rows) {
    const before = world.terminal.get(id);
    expect(state).toBe(before ?? state);
    if (state !== "ready" && state !== "claimed" && state !== "dead") world.terminal.set(id, state);
  }
}

it("keeps its invariants through any history of the queue", { timeout: 60_000 }, async () => {
  const path = join(tempDir(), "thor.db");
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock, path, settings: { retryMaxAttempts: 3 } });
  const database = new DatabaseSync(path, { readOnly: true });
  const world: World = { ledger, now: clock.now, claims: [], runs: new Map(), terminal: new Map(), serial: 0 };
  const step = tuple(nat(STEPS.length - 1), nat(10_000), constantFrom(0, 500, 3000, 16_000, 40_000));
  const history = asyncProperty(array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
    for (const [index, pick, pause] of steps) {
      await STEPS[index]?.(world, pick);
      clock.advance(pause);
    }
    await checkTerminal(world);
    expect(await checkDatabase(database, { secret: TEST_SECRET, full: false })).toEqual([]);
  });
  try {
    await assert(history, { numRuns: 40, endOnFailure: true, seed: 7 });
  } finally {
    database.close();
  }
});

it("executes an approval at most once, whoever presses in whatever order", { timeout: 60_000 }, async () => {
  const clock = createTestClock();
  const ledger = await openTempLedger({ clock });
  const minted = await ledger.mintAnchor({ correlationKey: "cron:1", source: "test" });
  const anchorId = "anchorId" in minted ? minted.anchorId : "";
  let serial = 0;
  const race = asyncProperty(array(nat(4), { minLength: 2, maxLength: 12 }), async (presses) => {
    const id = `a${(serial += 1)}`;
    await askApproval(ledger, { id, anchorId, expiresAt: clock.now() + 1000 });
    const acts = [
      (): Promise<{ kind: string }> => ledger.castVote(vote(id, "U1")),
      () => ledger.castVote(vote(id, "U2", { decision: "rejected" })),
      () => ledger.beginExecution(begin(id)),
      () => ledger.beginExecution(begin(id)),
      () =>
        ledger.finishExecution({ id, fence: 2, state: "done", sideEffect: "attempted", told: proof("approval.done") }),
    ];
    const answers = await Promise.all(presses.flatMap((press) => acts.slice(press, press + 1)).map((act) => act()));
    expect(answers.filter((answer) => answer.kind === "begun").length).toBeLessThanOrEqual(1);
    await ledger.closeApproval({ id, fence: 1, state: "rejected", why: "withdrawn", told: proof("approval.closed") });
  });
  await assert(race, { numRuns: 100, seed: 7 });
});
