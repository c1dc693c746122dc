import { describe, expect, it } from "vitest";

import { judgeHealth, STALE_MS, type HealthFacts } from "./health.ts";

const NOW = 10 * STALE_MS;
const lanes = { idle: 0, waiting: 0, held: 0, backoff: 0, busy: 0, stopped: 0 };
const counted = {
  kind: "counted" as const,
  isPaused: false,
  overdue: 0,
  pending: 0,
  claimed: 0,
  dead: 0,
  lanes,
  outbox: { pending: 0, failed: 0 },
};
const facts: HealthFacts = {
  now: NOW,
  startedAt: 0,
  version: "0.1.0",
  isStopping: false,
  ledger: { kind: "ok", schema: 3, walBytes: 4096 },
  queue: counted,
  runnerUrl: "http://runner:3000",
  services: { runner: "ok", remoteCli: "ok" },
  slack: { mode: "socket", identity: "known", connected: true, failing: false },
  github: { configured: true },
  config: { version: "0123456789ab", degraded: false },
};
const overdue = { ...counted, oldestDueAt: NOW - STALE_MS - 1, overdue: 1 };

describe("health", () => {
  it.each<[string, Partial<HealthFacts>, object]>([
    ["is ok when all is well", {}, { status: "ok", ready: true }],
    [
      "is degraded but ready while thor.json on disk is faulty",
      { config: { version: "0123456789ab", degraded: true } },
      { status: "degraded", ready: true, config: { version: "0123456789ab" } },
    ],
    [
      "is degraded but ready without remote-cli",
      { services: { runner: "ok", remoteCli: "unreachable" } },
      { status: "degraded", ready: true },
    ],
    [
      "is degraded and not ready without a runner",
      { services: { runner: "unreachable", remoteCli: "ok" } },
      { status: "degraded", ready: false },
    ],
    [
      "is degraded with a token that Slack refuses",
      { slack: { mode: "http", identity: "refused" } },
      { status: "degraded" },
    ],
    [
      "is degraded when the socket fails time and again",
      { slack: { mode: "socket", identity: "known", connected: false, failing: true } },
      { status: "degraded", ready: false },
    ],
    [
      "needs no Slack where there is none",
      { slack: { mode: "off", identity: "absent" } },
      { status: "ok", ready: true },
    ],
    [
      "is an error when a lane was due a quarter of an hour ago",
      { queue: overdue },
      { status: "error", ready: false, queue: { status: "error", staleEventCount: 1 } },
    ],
    ["is ok when an operator paused what is due", { queue: { ...overdue, isPaused: true } }, { status: "ok" }],
    [
      "is an error when the queue cannot be read",
      { queue: { kind: "failed", error: "malformed" } },
      { status: "error", queue: { error: "queue snapshot failed: malformed" } },
    ],
    [
      "is an error when the ledger cannot be written",
      { ledger: { kind: "failed", error: "full" } },
      { status: "error" },
    ],
    ["is an error while it stops", { isStopping: true }, { status: "error", ready: false }],
  ])("%s", (_what, change, expected) => {
    expect(judgeHealth({ ...facts, ...change })).toMatchObject(expected);
  });
});
