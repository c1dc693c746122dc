/** Saves what a run has used, and stops it when a limit is used up. */
import type { Ledger } from "@thor/ledger/port";

import { factsOf, storedFacts } from "../core/run-facts.ts";
import { usageOwner, type Budget } from "./keep-budget.ts";
import type { Turn } from "./turn.ts";

export interface KeepTotalsDeps extends Pick<Ledger, "setTrigger"> {
  now: () => number;
  budget: Budget;
}

export const createKeepTotals =
  ({ now, setTrigger, budget }: KeepTotalsDeps) =>
  async (turn: Turn): Promise<void> => {
    const { triggerId, directory, driven } = turn;
    const { run, runFence } = driven;
    const { totals, context } = turn.progress();
    const usage = usageOwner(run, directory, context?.model ?? "");
    const saved = await setTrigger({ triggerId, runFence, set: { totals, lastEventAt: now() }, usage });
    if (saved.kind !== "ok") return;
    const judged = await budget.judge(run, directory, totals);
    if (judged.kind === "warn") driven.warn(judged.what);
    if (judged.kind !== "over") return;
    const revs = storedFacts({ ...factsOf(run), overScope: judged.scope });
    await setTrigger({ triggerId, runFence, set: { revs } });
    turn.feed({ kind: "over_budget", reason: judged.what });
  };
