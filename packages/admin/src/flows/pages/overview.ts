/** What the overview shows: how full the queue is and what runs right now. */
import type { Ledger } from "@thor/ledger/port";

import type { Overview } from "../../core/view/overview.tsx";

export interface OverviewDeps extends Pick<Ledger, "queueStats" | "openTriggers"> {
  now: () => number;
}

export const createOverview = (deps: OverviewDeps) => async (): Promise<Overview> => {
  const [stats, runs] = await Promise.all([deps.queueStats(), deps.openTriggers()]);
  return {
    waiting: stats.pending,
    dead: stats.dead,
    unsentPromises: stats.outbox.pending,
    failedPromises: stats.outbox.failed,
    runs: runs.map(({ id, correlationKey, status, startedAt, tools }) => ({
      id,
      name: correlationKey ?? id,
      status,
      elapsedMs: deps.now() - startedAt,
      tools,
    })),
  };
};
