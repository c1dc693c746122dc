import type { QueuedEvent } from "@thor/domain/queue";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { plan, type ChannelFact, type PlanFacts } from "./plan.ts";
import { readRunnerAnswer } from "./runner-answer.ts";

const event = (id: string, more: Partial<QueuedEvent> = {}): QueuedEvent => ({
  id,
  source: "slack",
  kind: "slack.mention",
  correlationKey: "slack:thread:C1/1.000001",
  human: true,
  urgent: true,
  interrupt: true,
  solo: false,
  externalAuthor: false,
  gate: "open",
  actors: {},
  sourceAt: 1,
  receivedAt: 1,
  attempts: 0,
  payload: {},
  payloadRev: 1,
  refs: { team: "T1", channel: "C1", ts: "1.000001", threadTs: "1.000001" },
  ...more,
});
const facts = (channels: [string, ChannelFact][] = [], listed: string[] = []): PlanFacts => ({
  now: 1000,
  channels: new Map(channels),
  listed: new Set(listed),
  maxAttempts: 3,
  backoffMs: () => 500,
});
const inPlan = (items: QueuedEvent[], given: PlanFacts) => {
  const made = plan({ items }, given);
  if (made.kind === "need") throw new Error("the plan still needs facts");
  return made;
};
const pending = (more: Partial<QueuedEvent> = {}) => event("e1", { gate: "pending", ...more });

describe("plan", () => {
  it("asks for an unknown channel once, then opens, refuses or waits", () => {
    expect(plan({ items: [pending(), pending()] }, facts())).toEqual({ kind: "need", channels: ["C1"], github: [] });
    const open = inPlan([pending()], facts([["C1", { kind: "class", class: "open" }]]));
    expect([open.apply.opens, open.dispatch.length, open.apply.outbox?.length]).toEqual([["e1"], 1, 1]);
    const gated = inPlan([pending()], facts([["C1", { kind: "class", class: "gated" }]]));
    expect(gated.apply.drops).toEqual([{ id: "e1", reason: "private_channel_not_allowlisted", scrub: true }]);
    const failed: [string, ChannelFact] = ["C1", { kind: "failed", error: "HTTP 500" }];
    expect(inPlan([pending()], facts([failed])).apply.waits).toEqual([
      { id: "e1", notBefore: 1500, error: "HTTP 500" },
    ]);
    expect(inPlan([pending({ attempts: 2 })], facts([failed])).apply.deads).toEqual([
      { id: "e1", reason: "slack_privacy_lookup_failed" },
    ]);
  });

  it("honours what Slack says about when to come back", () => {
    const limited: [string, ChannelFact] = ["C1", { kind: "failed", error: "limited", retryAfterMs: 7000 }];
    expect(inPlan([pending()], facts([limited])).apply.waits[0]?.notBefore).toBe(8000);
  });

  it("asks the admission of a gated channel again at dispatch", () => {
    const gated = event("e1", { refs: { ...event("e1").refs, gated: true } });
    expect(inPlan([gated], facts([], ["C1"])).dispatch).toHaveLength(1);
    expect(inPlan([gated], facts()).apply.drops).toHaveLength(1);
  });

  it("puts every event into exactly one list", () => {
    const gates = fc.constantFrom("open" as const, "pending" as const);
    const channels = fc.constantFrom("C1", "C2", "C3");
    const events = fc.array(fc.tuple(gates, channels, fc.integer({ min: 0, max: 4 }), fc.boolean()), { maxLength: 12 });
    const known: [string, ChannelFact][] = [
      ["C1", { kind: "class", class: "open" }],
      ["C2", { kind: "class", class: "gated" }],
      ["C3", { kind: "failed", error: "down" }],
    ];
    fc.assert(
      fc.property(events, (rows) => {
        const items = rows.map(([gate, channel, attempts, gated], at) =>
          event(`e${at}`, { gate, attempts, refs: { ...event("").refs, channel, gated } }),
        );
        const { apply, dispatch } = inPlan(items, facts(known));
        const placed = [...apply.drops, ...apply.deads, ...apply.waits, ...dispatch].map(({ id }) => id);
        expect(placed.toSorted()).toEqual(items.map(({ id }) => id).toSorted());
      }),
    );
  });
});

describe("the runner's answer", () => {
  const read = (answer: Parameters<typeof readRunnerAnswer>[0]) =>
    readRunnerAnswer(answer, { now: 1000, busyPollMs: 30 });
  const refused = (status: number, text = "") => read({ kind: "refused", status, text });

  it("settles what it can know and leaves the rest to the ledger", () => {
    const accepted = { accepted: true as const, sessionId: "s", resumed: false, triggerId: "t" };
    expect(read({ kind: "ok", status: 200, body: accepted })).toMatchObject({
      result: { kind: "accepted", triggerId: "t" },
    });
    expect(read({ kind: "ok", status: 200, body: { busy: true } })).toMatchObject({
      result: { kind: "busy", pollAt: 1030 },
    });
    expect(read({ kind: "unreachable", error: "ECONNREFUSED" })).toMatchObject({
      result: { kind: "failed", permanent: false },
    });
    expect(read({ kind: "unknown", error: "TimeoutError" })).toMatchObject({ result: { kind: "unknown" } });
    expect(refused(409, '{"error":"stale_fence"}')).toEqual({ kind: "given_up" });
  });

  it("tries again what may pass and gives up on what will not", () => {
    for (const status of [401, 408, 425, 429, 500, 503])
      expect(refused(status)).toMatchObject({ result: { permanent: false } });
    for (const status of [400, 404, 413]) expect(refused(status)).toMatchObject({ result: { permanent: true } });
    expect(refused(403)).toMatchObject({ logAs: "runner_auth_failed" });
  });
});
