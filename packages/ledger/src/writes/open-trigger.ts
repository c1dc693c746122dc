import { sql } from "kysely";

import { OpenOwnTriggerInput, OpenTriggerInput, type TriggerOpened } from "../contract/runs.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { heldLane, type Lane, saveLane } from "./lane-row.ts";
import { grantLease, RUN_LEASE_MS, runLease } from "./leases.ts";
import { LIVE_EVENT } from "./live.ts";
import { findRow, insertRow, patchRow } from "./row.ts";
import { endRun, liveRunLease, openRunsOf, type RunRow } from "./run-row.ts";

type Opening = typeof OpenTriggerInput._output;
type OwnOpening = typeof OpenOwnTriggerInput._output;

async function insertRun(
  tx: Db,
  context: WriteContext,
  run: Omit<OwnOpening, "cause" | "holder"> & {
    dispatchId: string;
    cause: OwnOpening["cause"] | "dispatch";
    revs?: string | undefined;
  },
): Promise<void> {
  await insertRow(tx, "triggers", {
    row: {
      id: run.triggerId,
      dispatch_id: run.dispatchId,
      cause: run.cause,
      anchor_id: run.anchorId,
      session_id: run.sessionId ?? null,
      source: run.source,
      correlation_key: run.correlationKey ?? null,
      requesters: JSON.stringify(run.requesters),
      reply_to: run.replyTo === undefined ? null : JSON.stringify(run.replyTo),
      status: "starting",
      prompt: run.prompt ?? null,
      prompt_message_id: run.promptMessageId,
      prompt_part_id: run.promptPartId ?? null,
      revs: run.revs ?? null,
      started_at: context.now,
    },
  });
  await patchRow(tx, "anchors", { key: { id: run.anchorId }, set: { last_active_at: context.now } });
  context.count("runs.starting", 1);
  context.changed("triggers", run.triggerId);
}

/** The dispatched events have their run now; the lane stays held until its holder settles. */
async function takeEvents(tx: Db, context: WriteContext, taken: { before: Lane; input: Opening }): Promise<void> {
  const { before, input } = taken;
  const mine = sql<boolean>`dispatch_id = ${input.dispatchId} and state = 'claimed' and fence = ${input.fence}`;
  const attempts = tx
    .selectFrom("events")
    .where(mine)
    .select((column) => [
      "id",
      sql<number>`attempts + 1`.as("n"),
      column.val(context.now).as("at"),
      column.lit(0).as("took"),
      column.val("accepted").as("result"),
    ]);
  await tx
    .insertInto("event_attempts")
    .columns(["event_id", "n", "at", "took_ms", "result"])
    .expression(attempts)
    .onConflict((conflict) => conflict.columns(["event_id", "n"]).doNothing())
    .execute();
  const { numUpdatedRows } = await tx
    .updateTable("events")
    .set({
      state: "done",
      trigger_id: input.triggerId,
      settled_at: context.now,
      reason: "accepted",
      version: sql<number>`version + 1`,
    })
    .where(mine)
    .where(LIVE_EVENT)
    .executeTakeFirstOrThrow();
  const count = Number(numUpdatedRows);
  context.count("events.claimed", -count);
  context.count("events.done", count);
  await saveLane(tx, context, {
    before,
    after: { ...before, pending: before.pending - count, in_hand: before.in_hand - count },
  });
}

/** Whether this opening still speaks for the holder of its lane; answers that lane. */
async function currentLane(tx: Db, context: WriteContext, input: Opening): Promise<Lane | undefined> {
  const lane = await heldLane(tx, "events", input);
  const isCurrent = lane?.dispatch_id === input.dispatchId && (lane.held_until ?? 0) > context.now;
  return isCurrent ? lane : undefined;
}

/** Takes the conversation over from older runs: an interrupted one was aborted, one without a lease has crashed. */
async function endOlder(tx: Db, context: WriteContext, older: { runs: RunRow[]; isLive: boolean }): Promise<void> {
  const end = older.isLive
    ? { status: "aborted" as const, reason: "user_interrupt" }
    : { status: "crashed" as const, reason: "lease_lost" };
  for (const run of older.runs) await endRun(tx, context, { run, ...end });
}

/** Opens the one run of a dispatch: its events are done, the conversation's run lease is taken, all in one write. */
export const openTrigger = defineWrite(OpenTriggerInput, async (tx, input, context): Promise<TriggerOpened> => {
  const { dispatchId, triggerId, anchorId, holder } = input;
  const known = await findRow(tx, "triggers", { dispatch_id: dispatchId });
  if (known !== undefined)
    return { kind: "already_open", triggerId: known.id, sessionId: known.session_id ?? undefined };
  const before = await currentLane(tx, context, input);
  if (before === undefined) return { kind: "stale_fence" };
  const runs = await openRunsOf(tx, anchorId);
  const lease = await liveRunLease(tx, anchorId, context.now);
  if (lease !== undefined && !input.interrupt) return { kind: "busy", triggerId: runs[0]?.id ?? "" };
  await endOlder(tx, context, { runs, isLive: lease !== undefined });
  const runFence = await grantLease(tx, { name: runLease(anchorId), holder, now: context.now, ttlMs: RUN_LEASE_MS });
  await insertRun(tx, context, { ...input, cause: "dispatch" });
  await takeEvents(tx, context, { before, input });
  return { kind: "opened", triggerId, runFence };
});

type OwnOpened = { kind: "opened"; runFence: number } | { kind: "busy"; triggerId: string };

/** A run that continues waits with its lane: what stood still after a stop now waits for this run's end. */
async function resumeStopped(tx: Db, context: WriteContext, anchorId: string): Promise<void> {
  const stopped = tx.selectFrom("lanes").selectAll().where("anchor_id", "=", anchorId).where("queue", "=", "events");
  for (const before of await stopped.where("status", "=", "stopped").execute()) {
    const rest =
      before.pending === 0
        ? { status: "idle" as const, due_at: null }
        : { status: "busy" as const, due_at: context.now + RUN_LEASE_MS };
    await saveLane(tx, context, { before, after: { ...before, ...rest } });
  }
}

/** Opens a run that no dispatch asked for; needs a conversation without an open run. */
export const openOwnTrigger = defineWrite(OpenOwnTriggerInput, async (tx, input, context): Promise<OwnOpened> => {
  const [open] = await openRunsOf(tx, input.anchorId);
  if (open !== undefined) return { kind: "busy", triggerId: open.id };
  const known = await findRow(tx, "triggers", { id: input.triggerId });
  if (known !== undefined) return { kind: "busy", triggerId: known.id };
  const lease = await liveRunLease(tx, input.anchorId, context.now);
  if (lease !== undefined) return { kind: "busy", triggerId: input.triggerId };
  const runFence = await grantLease(tx, {
    name: runLease(input.anchorId),
    holder: input.holder,
    now: context.now,
    ttlMs: RUN_LEASE_MS,
  });
  await insertRun(tx, context, { ...input, dispatchId: `own:${input.triggerId}` });
  if (input.cause === "continue") await resumeStopped(tx, context, input.anchorId);
  return { kind: "opened", runFence };
});
