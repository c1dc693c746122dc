/** Ending runs, in one way for everybody who may do it. */
import type { EndedRunStatus } from "@thor/domain/run";

import type { RunTotals } from "../contract/runs.ts";
import type { Db, Row } from "../schema.ts";
import type { WriteContext } from "../writer/context.ts";
import { saveLane } from "./lane-row.ts";
import { freeLease, isLive, loadLease, runLease } from "./leases.ts";
import { OPEN_RUN } from "./live.ts";
import { findRow, patchRow } from "./row.ts";

export type RunRow = Row<"triggers">;

/** The open runs of a conversation, newest first. */
export const openRunsOf = (tx: Db, anchorId: string): Promise<RunRow[]> =>
  tx
    .selectFrom("triggers")
    .selectAll()
    .where("anchor_id", "=", anchorId)
    .where(OPEN_RUN)
    .orderBy("started_at", "desc")
    .execute();

/** The open run when `runFence` is the present fence of its lease. */
export async function fencedRun(tx: Db, triggerId: string, runFence: number): Promise<RunRow | "stale" | "closed"> {
  const run = await findRow(tx, "triggers", { id: triggerId });
  if (run === undefined) return "stale";
  if (run.ended_at !== null) return "closed";
  const lease = await loadLease(tx, runLease(run.anchor_id));
  return lease !== undefined && lease.holder !== null && lease.fence === runFence ? run : "stale";
}

/** Field of the totals → column. */
const TOTALS = [
  ["tools", "tools"],
  ["errors", "errors"],
  ["tokensInput", "tokens_input"],
  ["tokensOutput", "tokens_output"],
  ["tokensReasoning", "tokens_reasoning"],
  ["tokensCacheRead", "tokens_cache_read"],
  ["tokensCacheWrite", "tokens_cache_write"],
  ["costMicros", "cost_micros"],
  ["unpricedTokens", "unpriced_tokens"],
] as const;

/** Totals as columns; what is not given stays, and a process that has not seen everything yet takes nothing back. */
export const totalColumns = (totals: RunTotals | undefined, run: RunRow): Partial<RunRow> =>
  Object.fromEntries(TOTALS.map(([field, column]) => [column, Math.max(totals?.[field] ?? 0, run[column])]));

export interface RunEnd {
  run: RunRow;
  status: EndedRunStatus;
  reason?: string | undefined;
  error?: string | undefined;
  totals?: RunTotals | undefined;
}

/** Marks a run as ended. Its lease is the caller's business. */
export async function endRun(tx: Db, context: WriteContext, end: RunEnd): Promise<void> {
  const { run, status, reason, error, totals } = end;
  await patchRow(tx, "triggers", {
    key: { id: run.id },
    set: {
      ...totalColumns(totals, run),
      status,
      ended_at: context.now,
      park: null,
      reason: reason ?? run.reason,
      error: error ?? run.error,
      version: run.version + 1,
    },
  });
  context.count(`runs.${run.status}`, -1);
  context.count(`runs.${status}`, 1);
  context.changed("triggers", run.id);
}

/** Lanes that waited for a run of this conversation are due now. */
async function wakeLanes(tx: Db, context: WriteContext, anchorId: string): Promise<void> {
  const lanes = tx.selectFrom("lanes").selectAll().where("anchor_id", "=", anchorId).where("queue", "=", "events");
  for (const before of await lanes.where("status", "=", "busy").execute()) {
    const rest =
      before.pending === 0
        ? { status: "idle" as const, due_at: null }
        : { status: "waiting" as const, due_at: context.now };
    await saveLane(tx, context, { before, after: { ...before, ...rest } });
  }
}

/** Ends a run together with its lease and wakes what waited for it. */
export async function finishRun(tx: Db, context: WriteContext, end: RunEnd): Promise<void> {
  await endRun(tx, context, end);
  await freeLease(tx, runLease(end.run.anchor_id));
  await wakeLanes(tx, context, end.run.anchor_id);
}

/** Who holds the run lease of a conversation right now. */
export async function liveRunLease(tx: Db, anchorId: string, now: number) {
  const lease = await loadLease(tx, runLease(anchorId));
  return isLive(lease, now) ? lease : undefined;
}
