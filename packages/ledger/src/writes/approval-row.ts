/** Changing approvals, so that state, proof, card and outcome event are one write. */
import type { Told } from "../contract/approvals.ts";
import { mayBecome, type ApprovalState } from "../pure/approval-state.ts";
import type { Db, Row } from "../schema.ts";
import type { WriteContext } from "../writer/context.ts";
import { admitEvent } from "./admission.ts";
import { actOf, writeAudit } from "./append-audit.ts";
import { insertPromises } from "./promise-row.ts";
import { findRow } from "./row.ts";

export type ApprovalRow = Row<"approvals">;
export type ApprovalChange = Partial<Omit<ApprovalRow, "id" | "version" | "state">> & { state: ApprovalState };

/** Loads a request by its id. */
export const loadApproval = (tx: Db, id: string): Promise<ApprovalRow | undefined> =>
  findRow(tx, "approvals", { id: id });

/** Moves a request from the state and fence it was read in; false when somebody was faster. */
export async function moveApproval(
  tx: Db,
  context: WriteContext,
  move: { from: ApprovalRow; set: ApprovalChange },
): Promise<boolean> {
  const { from, set } = move;
  if (!mayBecome(from.state, set.state))
    throw new Error(`an approval that is ${from.state} never becomes ${set.state}`);
  const { numUpdatedRows } = await tx
    .updateTable("approvals")
    .set({ ...set, version: from.version + 1 })
    .where("id", "=", from.id)
    .where("state", "=", from.state)
    .where("fence", "=", from.fence)
    .executeTakeFirstOrThrow();
  if (numUpdatedRows === 0n) return false;
  context.count(`approvals.${from.state}`, -1);
  context.count(`approvals.${set.state}`, 1);
  context.changed("approvals", from.id);
  return true;
}

/** Writes the proof of a transition, what people see of it, and what the conversation hears. */
export async function tell(tx: Db, context: WriteContext, about: { told: Told; anchorId: string }): Promise<void> {
  const { told, anchorId } = about;
  await writeAudit(tx, context, told.audit);
  await insertPromises(tx, context, told.outbox);
  if (told.event === undefined) return;
  const { key, correlationKey, actors, refs, payload } = told.event;
  const event = {
    source: "approval" as const,
    kind: "approval.outcome",
    correlationKey,
    bind: "none" as const,
    anchorId,
    human: false,
    urgent: true,
    interrupt: false,
    gate: "open" as const,
    actors,
    externalAuthor: false,
    sourceAt: context.now,
    payload,
  };
  await admitEvent(tx, { provider: "approval", deliveryKey: key, eventType: "approval.outcome", refs, event }, context);
}

/** The event that tells a conversation about an end that the ledger itself brought about. */
export function outcomeOf(
  approval: ApprovalRow,
  end: { state: ApprovalState; why?: string; reviewer: string; sideEffect?: string },
) {
  const decision = end.state === "failed" ? "approved" : "rejected";
  const payload = {
    actionId: approval.id,
    decision,
    reviewer: end.reviewer,
    channel: approval.channel,
    threadTs: approval.thread_ts,
    upstreamName: approval.store,
    tool: approval.tool,
    messageTs: approval.message_ts,
    resolutionStatus: decision,
    resolutionExitCode: 1,
    resolutionSideEffectAttempted: end.sideEffect !== undefined && end.sideEffect !== "none",
    state: end.state,
    ...(end.why === undefined ? {} : { why: end.why }),
  };
  return {
    key: `approval-${approval.id}-${decision}`,
    correlationKey: `approval:${approval.id}`,
    actors: {},
    refs: JSON.stringify({ actionId: approval.id }),
    payload: JSON.stringify(payload),
  };
}

/** The promise that brings an approval's card in line with the approval; who sends it reads the state then. */
export function cardUpdate(approval: ApprovalRow, state: ApprovalState) {
  return {
    kind: "approval.card",
    stream: `approval:${approval.id}`,
    dedupeKey: `approval-card:${approval.id}:${state}`,
    payload: JSON.stringify({ kind: "approval.card", actionId: approval.id, state }),
    anchorId: approval.anchor_id,
  };
}

/** Ends the pending requests of a stopped run; one that executes already is only counted. */
export async function withdrawApprovals(
  tx: Db,
  context: WriteContext,
  stop: { anchorId: string; triggerId: string | undefined; by: string },
): Promise<{ withdrawn: number; executing: number }> {
  const { anchorId, triggerId, by } = stop;
  if (triggerId === undefined) return { withdrawn: 0, executing: 0 };
  const live = tx
    .selectFrom("approvals")
    .selectAll()
    .where("anchor_id", "=", anchorId)
    .where("trigger_id", "=", triggerId);
  const rows = await live.where("state", "in", ["pending", "executing"]).execute();
  let withdrawn = 0;
  for (const from of rows.filter(({ state }) => state === "pending")) {
    const set = {
      state: "rejected" as const,
      why: "stopped" as const,
      decided_at: context.now,
      finished_at: context.now,
    };
    if (!(await moveApproval(tx, context, { from, set }))) continue;
    withdrawn += 1;
    const audit = {
      ...actOf({ event: "approval.withdrawn", by, target: from.id, reason: "stopped", anchorId }),
      triggerId,
    };
    const event = outcomeOf(from, { state: "rejected", why: "stopped", reviewer: by });
    await tell(tx, context, { told: { audit, outbox: [cardUpdate(from, "rejected")], event }, anchorId });
  }
  return { withdrawn, executing: rows.filter(({ state }) => state === "executing").length };
}
