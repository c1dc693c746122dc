import { silentLog } from "@thor/kit/testing/silent-log";
import type { Run } from "@thor/ledger/port";
import { expect, it } from "vitest";

import { createRecoverRuns, type RecoverRunsDeps } from "./recover-runs.ts";
import { createTurns } from "./turns.ts";

const NOW = 1_700_000_000_000;
const MINUTE = 60_000;

const run = (id: string, more: Partial<Run>): Run => ({
  id,
  dispatchId: id,
  cause: "e2e",
  anchorId: `anchor-${id}`,
  source: "system",
  requesters: [],
  status: "starting",
  promptMessageId: `msg_${id}`,
  startedAt: NOW,
  tools: 0,
  errors: 0,
  tokensInput: 0,
  tokensOutput: 0,
  tokensReasoning: 0,
  tokensCacheRead: 0,
  tokensCacheWrite: 0,
  costMicros: 0,
  unpricedTokens: 0,
  ...more,
});

it("ends a test's run that was forgotten for a quarter of an hour, leaves a younger one alone, and drives neither", async () => {
  const runs = [run("old", { startedAt: NOW - 16 * MINUTE }), run("young", { startedAt: NOW - 14 * MINUTE })];
  const ended: unknown[] = [];
  const taken: string[] = [];
  const deps: RecoverRunsDeps = {
    log: silentLog,
    now: () => NOW,
    holder: "h",
    turns: createTurns(),
    openTriggers: () => Promise.resolve(runs),
    readLease: () => Promise.resolve(undefined),
    acquireLease: ({ name }) => {
      taken.push(name);
      return Promise.resolve({ kind: "acquired", fence: 7 });
    },
    releaseLease: () => Promise.resolve({ kind: "released" }),
    anchorById: () => Promise.reject(new Error("nobody drives these")),
    triggerById: ({ triggerId }) => Promise.resolve(runs.find(({ id }) => id === triggerId)),
    startRun: () => Promise.reject(new Error("nobody drives these")),
    writePass: () => Promise.reject(new Error("nobody drives these")),
    giveUp: ({ id }, fence, { status, reason }) => {
      ended.push([id, fence, status, reason]);
      return Promise.resolve();
    },
  };
  await createRecoverRuns(deps)(new AbortController().signal);
  expect(taken).toEqual(["run:anchor-old"]);
  expect(ended).toEqual([["old", 7, "aborted", "e2e_expired"]]);
});
