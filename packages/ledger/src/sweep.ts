/** Retention rounds: one sweeper in the fleet, small transactions, a bounded time. */
import type { Log } from "@thor/kit/flow/log";

import type { LedgerFault } from "./contract/outcome.ts";
import type { Reads } from "./reads/catalogue.ts";
import { type Retention, sweepPlan } from "./retention.ts";
import type { WriteVerbs } from "./writer/verbs.ts";

const LEASE_MS = 30_000;
const ROWS = 500;
const ROUND_MS = 20_000;
const EVERY_MS = 10 * 60_000;

export interface SweepDeps extends Pick<
  WriteVerbs,
  "acquireLease" | "renewLease" | "releaseLease" | "prune" | "expireDue" | "endLostRuns" | "noteSwept"
> {
  lastSweep: Reads["lastSweep"];
  holder: string;
  retention: Retention;
  now: () => number;
  log: Log;
}
type Swept = { kind: "swept"; removed: number } | { kind: "not_mine" } | LedgerFault;

/** Expires what is due now and, every ten minutes, forgets what is too old. */
export function createSweep(deps: SweepDeps): () => Promise<Swept> {
  const held = { name: "sweeper", holder: deps.holder };

  const pruneRule = async (
    rule: { rule: Parameters<SweepDeps["prune"]>[0]["rule"]; before: number },
    until: number,
  ) => {
    let removed = 0;
    while (deps.now() < until) {
      const answer = await deps.prune({ ...rule, limit: ROWS });
      if (answer.kind !== "pruned") break;
      removed += answer.removed;
      if (answer.removed < ROWS) break;
    }
    return removed;
  };

  const forget = async (fence: number) => {
    const startedAt = deps.now();
    if (startedAt - (await deps.lastSweep()) < EVERY_MS) return 0;
    let removed = 0;
    for (const rule of sweepPlan(deps.retention, startedAt)) {
      removed += await pruneRule(rule, startedAt + ROUND_MS);
      const kept = await deps.renewLease({ ...held, fence, ttlMs: LEASE_MS });
      if (kept.kind === "lost") return removed;
    }
    await deps.noteSwept({ removed });
    deps.log.info({ event: "ledger_swept", removed, tookMs: deps.now() - startedAt }, "swept the ledger");
    return removed;
  };

  return async () => {
    const lease = await deps.acquireLease({ ...held, ttlMs: LEASE_MS });
    if (lease.kind === "held") return { kind: "not_mine" };
    if (lease.kind !== "acquired") return lease;
    const { fence } = lease;
    try {
      await deps.expireDue({});
      await deps.endLostRuns({});
      return { kind: "swept", removed: await forget(fence) };
    } finally {
      await deps.releaseLease({ ...held, fence });
    }
  };
}
