/** What a run used since its last totals, as an addition to the hour's sums: exact, because both are one write. */
import type { RunTotals } from "../contract/runs.ts";
import type { UsageOwner } from "../contract/status.ts";
import type { Db } from "../schema.ts";
import type { WriteContext } from "../writer/context.ts";
import { addUsage } from "./operations.ts";
import type { RunRow } from "./run-row.ts";

interface Used {
  run: RunRow;
  totals: RunTotals | undefined;
  owner: typeof UsageOwner._output | undefined;
  /** The run is over: it counts, and so does the time it took. */
  isEnd?: boolean;
}

/** Totals never shrink: a process that has not seen everything yet takes nothing back. */
const more = (now: number | undefined, before: number) => Math.max(0, (now ?? before) - before);

export async function addRunUsage(tx: Db, context: WriteContext, used: Used): Promise<void> {
  const { run, totals = {}, owner, isEnd = false } = used;
  if (owner === undefined) return;
  await addUsage(tx, context, {
    ...owner,
    at: context.now,
    runs: isEnd ? 1 : 0,
    input: more(totals.tokensInput, run.tokens_input) + more(totals.tokensCacheWrite, run.tokens_cache_write),
    cached: more(totals.tokensCacheRead, run.tokens_cache_read),
    output: more(totals.tokensOutput, run.tokens_output),
    reasoning: more(totals.tokensReasoning, run.tokens_reasoning),
    costMicros: more(totals.costMicros, run.cost_micros),
    unpricedTokens: more(totals.unpricedTokens, run.unpriced_tokens),
    toolCalls: more(totals.tools, run.tools),
    wallMs: isEnd ? Math.max(0, context.now - run.started_at) : 0,
  });
}
