import { expect, it } from "vitest";

import { judgeHealth } from "./health.ts";

const facts = {
  now: 1000,
  startedAt: 0,
  isStopping: false,
  ledger: { kind: "ok" as const },
  queue: {},
  slack: "known" as const,
  runner: "ok" as const,
  config: { version: "0123456789ab", degraded: false },
};

it("is degraded but ready while thor.json on disk is faulty, and says which version is in force", () => {
  expect(judgeHealth(facts)).toMatchObject({ status: "ok", ready: true });
  const config = { ...facts.config, degraded: true };
  expect(judgeHealth({ ...facts, config })).toMatchObject({ status: "degraded", ready: true, config });
});
