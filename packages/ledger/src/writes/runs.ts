/** A run while it lives and when it ends; every write carries the fence of its lease. */
import { CloseTriggerInput, ProgressInput, SetTriggerInput, UpsertPartsInput } from "../contract/runs.ts";
import { defineWrite } from "../writer/context.ts";
import { insertPromises } from "./promise-row.ts";
import { findRow, patchRow } from "./row.ts";
import { fencedRun, finishRun, totalColumns, type RunRow } from "./run-row.ts";
import { addRunUsage } from "./run-usage.ts";

type Changes = (typeof SetTriggerInput._output)["set"];

function columnsOf(set: Changes, run: RunRow): Partial<RunRow> {
  const columns = {
    status: set.status,
    session_id: set.sessionId,
    prompt_message_id: set.promptMessageId,
    prompt_part_id: set.promptPartId,
    prompt: set.prompt,
    prompt_sent_at: set.promptSentAt,
    last_event_at: set.lastEventAt,
    park: set.park === "null" ? null : set.park,
    reason: set.reason,
    error: set.error,
    revs: set.revs,
  };
  const given = Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
  return { ...given, ...totalColumns(set.totals, run) };
}

type Set = { kind: "ok" } | { kind: "stale_fence" };

/** Moves an open run on. */
export const setTrigger = defineWrite(SetTriggerInput, async (tx, input, context): Promise<Set> => {
  const run = await fencedRun(tx, input.triggerId, input.runFence);
  if (run === "stale" || run === "closed") return { kind: "stale_fence" };
  await addRunUsage(tx, context, { run, totals: input.set.totals, owner: input.usage });
  await patchRow(tx, "triggers", {
    key: { id: run.id },
    set: { ...columnsOf(input.set, run), version: run.version + 1 },
  });
  await insertPromises(tx, context, input.outbox);
  if (input.set.status !== undefined && input.set.status !== run.status) {
    context.count(`runs.${run.status}`, -1);
    context.count(`runs.${input.set.status}`, 1);
  }
  context.changed("triggers", run.id);
  return { kind: "ok" };
});

type Stored = { kind: "stored"; n: number; old: number } | { kind: "stale_fence" };

/** Keeps the latest state of each part; an older one is ignored. */
export const upsertParts = defineWrite(UpsertPartsInput, async (tx, input, context): Promise<Stored> => {
  const run = await fencedRun(tx, input.triggerId, input.runFence);
  if (run === "stale" || run === "closed") return { kind: "stale_fence" };
  let stored = 0;
  for (const part of input.parts) {
    const latest = {
      rev: part.rev,
      state: part.state,
      bytes: Buffer.byteLength(part.state),
      truncated: part.truncated ? (1 as const) : (0 as const),
      role: part.role ?? null,
      type: part.type,
      updated_at: context.now,
    };
    const { numInsertedOrUpdatedRows } = await tx
      .insertInto("session_parts")
      .values({
        ...latest,
        session_id: part.sessionId,
        part_id: part.partId,
        anchor_id: input.anchorId,
        trigger_id: input.triggerId,
        message_id: part.messageId,
        first_seq: part.firstSeq,
      })
      .onConflict((conflict) =>
        conflict.columns(["session_id", "part_id"]).doUpdateSet(latest).where("session_parts.rev", "<", part.rev),
      )
      .executeTakeFirstOrThrow();
    stored += Number(numInsertedOrUpdatedRows);
  }
  context.changed("triggers", run.id);
  return { kind: "stored", n: stored, old: input.parts.length - stored };
});

type Closed = { kind: "closed" } | { kind: "already_closed" } | { kind: "stale_fence" };

/** Ends a run: its lease is free and the conversation's waiting events are due, in the same write. */
export const closeTrigger = defineWrite(CloseTriggerInput, async (tx, input, context): Promise<Closed> => {
  const run = await fencedRun(tx, input.triggerId, input.runFence);
  if (run === "closed") return { kind: "already_closed" };
  if (run === "stale") return { kind: "stale_fence" };
  const { status, reason, error, totals } = input;
  await addRunUsage(tx, context, { run, totals, owner: input.usage, isEnd: true });
  await finishRun(tx, context, { run, status, reason, error, totals });
  await insertPromises(tx, context, input.outbox);
  return { kind: "closed" };
});

type Saved = { kind: "saved" } | { kind: "refused"; rev: number };

/** Remembers what the live control message shows; an older revision never overwrites a newer one. */
export const saveProgress = defineWrite(ProgressInput, async (tx, input, { now, changed }): Promise<Saved> => {
  const stored = await findRow(tx, "progress_messages", { trigger_id: input.triggerId });
  if (stored !== undefined && input.rev <= stored.rev) return { kind: "refused", rev: stored.rev };
  const columns = {
    channel: input.channel,
    thread_ts: input.threadTs,
    rev: input.rev,
    digest: input.digest,
    state: input.state,
    updated_at: now,
    ...(input.messageTs === undefined ? {} : { message_ts: input.messageTs }),
  };
  await tx
    .insertInto("progress_messages")
    .values({ trigger_id: input.triggerId, ...columns })
    .onConflict((conflict) => conflict.column("trigger_id").doUpdateSet(columns))
    .execute();
  changed("triggers", input.triggerId);
  return { kind: "saved" };
});
