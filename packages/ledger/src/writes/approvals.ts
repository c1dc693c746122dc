/** Requests for a human's yes: each transition is one compare-and-set with its proof, its card and its outcome event. */
import {
  type AlreadyDecided,
  type ApprovalRequest,
  BeginExecutionInput,
  CastVoteInput,
  CloseApprovalInput,
  CreateApprovalInput,
  FinishExecutionInput,
  MarkSideEffectInput,
  NoteOutcomeInput,
  ReplaceApprovalInput,
} from "../contract/approvals.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { type ApprovalRow, loadApproval, moveApproval, tell } from "./approval-row.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

type Refused = { kind: "refused"; rule: string };

/** Stores a request in the state it starts in. */
export async function insertApproval(
  tx: Db,
  context: WriteContext,
  entry: { request: ApprovalRequest; replaces?: string; grantId?: string },
): Promise<void> {
  const { request, replaces, grantId } = entry;
  const state = grantId === undefined ? ("pending" as const) : ("executing" as const);
  const row = {
    id: request.id,
    store: request.store,
    tool: request.tool,
    target_key: request.targetKey,
    profile: request.profile ?? null,
    args: request.args,
    args_sha256: request.argsSha256,
    context_sha256: request.contextSha256,
    authored_args: request.authoredArgs,
    injected: request.injected,
    presentation: request.presentation,
    requesters: request.requesters,
    rule: request.rule,
    policy: request.policy,
    anchor_id: request.anchorId,
    session_id: request.sessionId,
    trigger_id: request.triggerId ?? null,
    state,
    replaces: replaces ?? null,
    grant_id: grantId ?? null,
    channel: request.channel,
    thread_ts: request.threadTs,
    fence: 1,
    side_effect: "none" as const,
    created_at: context.now,
    expires_at: request.expiresAt,
    executing_at: state === "executing" ? context.now : null,
  };
  await insertRow(tx, "approvals", { row });
  context.count(`approvals.${state}`, 1);
  context.changed("approvals", request.id);
}

type Created = { kind: "created"; id: string } | { kind: "existing"; id: string } | Refused;

/** Asks for a yes; the same request that is pending already is returned instead of a second card. */
export const createApproval = defineWrite(CreateApprovalInput, async (tx, input, context): Promise<Created> => {
  const { request, maxPending, told } = input;
  const pending = tx.selectFrom("approvals").select("id").where("anchor_id", "=", request.anchorId);
  const waiting = await pending.where("state", "=", "pending").limit(maxPending).execute();
  const same = await pending
    .where("args_sha256", "=", request.argsSha256)
    .where("context_sha256", "=", request.contextSha256)
    .where("state", "=", "pending")
    .executeTakeFirst();
  if (same !== undefined) return { kind: "existing", id: same.id };
  if (waiting.length >= maxPending) return { kind: "refused", rule: "too_many_pending" };
  await insertApproval(tx, context, { request });
  await tell(tx, context, { told, anchorId: request.anchorId });
  return { kind: "created", id: request.id };
});

type Voted =
  | { kind: "counted"; have: number; need: number }
  | { kind: "ready" }
  | { kind: "rejected" }
  | AlreadyDecided
  | Refused;
type Vote = typeof CastVoteInput._output;

/** How many of the people who may still vote have said yes. */
async function yesVotes(tx: Db, id: string, eligible: readonly string[]): Promise<number> {
  const votes = tx.selectFrom("approval_votes").select("voter").where("approval_id", "=", id);
  const yes = await votes.where("decision", "=", "approved").execute();
  return yes.filter(({ voter }) => eligible.includes(voter)).length;
}

async function storeVote(tx: Db, context: WriteContext, vote: Vote): Promise<void> {
  const { id, voter, decision, reason, clickId, via } = vote;
  const cells = { decision, reason: reason ?? null, click_id: clickId, via, at: context.now };
  const key = { approval_id: id, voter };
  if (await patchRow(tx, "approval_votes", { key, set: cells })) return;
  await insertRow(tx, "approval_votes", { row: { ...key, ...cells } });
}

async function reject(
  tx: Db,
  context: WriteContext,
  { from, vote }: { from: ApprovalRow; vote: Vote },
): Promise<Voted> {
  const isRequester = from.requesters.includes(JSON.stringify(vote.voter));
  const set = {
    state: "rejected" as const,
    why: isRequester ? ("withdrawn" as const) : ("reviewer" as const),
    reason: vote.reason ?? null,
    decided_at: context.now,
    finished_at: context.now,
  };
  if (!(await moveApproval(tx, context, { from, set }))) return { kind: "already", state: from.state };
  await tell(tx, context, { told: vote.told, anchorId: from.anchor_id });
  return { kind: "rejected" };
}

/** Counts one person's decision; a no ends the request, the last yes makes it ready, a click never counts twice. */
export const castVote = defineWrite(CastVoteInput, async (tx, vote, context): Promise<Voted> => {
  const from = await loadApproval(tx, vote.id);
  if (from === undefined) return { kind: "unknown" };
  if (from.state !== "pending") return { kind: "already", state: from.state };
  if (from.expires_at <= context.now) return { kind: "refused", rule: "expired" };
  const repeated = await findRow(tx, "approval_votes", { click_id: vote.clickId });
  if (repeated === undefined) await storeVote(tx, context, vote);
  if (vote.decision === "rejected") return reject(tx, context, { from, vote });
  if (repeated === undefined)
    await tell(tx, context, { told: { ...vote.told, event: undefined }, anchorId: from.anchor_id });
  context.changed("approvals", from.id);
  const have = await yesVotes(tx, vote.id, vote.eligible);
  return have >= vote.quorum ? { kind: "ready" } : { kind: "counted", have, need: vote.quorum };
});

type Replaced = { kind: "created"; id: string } | AlreadyDecided;

/** A person changed the words: the old request ends, the new one waits for a decision of its own. */
export const replaceApproval = defineWrite(ReplaceApprovalInput, async (tx, input, context): Promise<Replaced> => {
  const from = await loadApproval(tx, input.replaces);
  if (from === undefined) return { kind: "unknown" };
  if (from.state !== "pending") return { kind: "already", state: from.state };
  const end = { state: "rejected" as const, why: "edited" as const, decided_at: context.now, finished_at: context.now };
  await moveApproval(tx, context, { from, set: { ...end, replaced_by: input.request.id } });
  await insertApproval(tx, context, { request: input.request, replaces: from.id });
  await tell(tx, context, { told: { ...input.told, event: undefined }, anchorId: from.anchor_id });
  return { kind: "created", id: input.request.id };
});

type Begun = { kind: "begun"; fence: number } | AlreadyDecided | Refused;

/** The one step from pending to executing: whoever takes it runs the action, nobody else ever will. */
export const beginExecution = defineWrite(BeginExecutionInput, async (tx, input, context): Promise<Begun> => {
  const from = await loadApproval(tx, input.id);
  if (from === undefined) return { kind: "unknown" };
  if (from.state !== "pending") return { kind: "already", state: from.state };
  if (from.fence !== input.fence) return { kind: "refused", rule: "changed" };
  if (from.expires_at <= context.now) return { kind: "refused", rule: "expired" };
  const isSame = from.args_sha256 === input.argsSha256 && from.context_sha256 === input.contextSha256;
  if (!isSame) return { kind: "refused", rule: "fingerprint" };
  if ((await yesVotes(tx, input.id, input.eligible)) < input.quorum) return { kind: "refused", rule: "quorum" };
  const fence = from.fence + 1;
  const set = { state: "executing" as const, fence, decided_at: context.now, executing_at: context.now };
  await moveApproval(tx, context, { from, set });
  await tell(tx, context, { told: input.told, anchorId: from.anchor_id });
  return { kind: "begun", fence };
});

type Fenced = AlreadyDecided | { kind: "stale_fence" };

async function executing(tx: Db, { id, fence }: { id: string; fence: number }): Promise<ApprovalRow | Fenced> {
  const from = await loadApproval(tx, id);
  if (from === undefined) return { kind: "unknown" };
  if (from.state !== "executing") return { kind: "already", state: from.state };
  return from.fence === fence ? from : { kind: "stale_fence" };
}

/** The last write before the request leaves: from here on nobody can say that nothing happened. */
export const markSideEffect = defineWrite(
  MarkSideEffectInput,
  async (tx, input, context): Promise<{ kind: "marked" } | Fenced> => {
    const from = await executing(tx, input);
    if ("kind" in from) return from;
    await moveApproval(tx, context, { from, set: { state: "executing", side_effect_at: context.now } });
    return { kind: "marked" };
  },
);

/** Stores how the action ended, for good. */
export const finishExecution = defineWrite(
  FinishExecutionInput,
  async (tx, input, context): Promise<{ kind: "finished" } | Fenced> => {
    const from = await executing(tx, input);
    if ("kind" in from) return from;
    const set = {
      state: input.state,
      side_effect: input.sideEffect,
      result: input.result ?? null,
      error: input.error ?? null,
      finished_at: context.now,
    };
    await moveApproval(tx, context, { from, set });
    await tell(tx, context, { told: input.told, anchorId: from.anchor_id });
    return { kind: "finished" };
  },
);

/** Ends a pending request without running it. */
export const closeApproval = defineWrite(
  CloseApprovalInput,
  async (tx, input, context): Promise<{ kind: "closed" } | Fenced> => {
    const from = await loadApproval(tx, input.id);
    if (from === undefined) return { kind: "unknown" };
    if (from.state !== "pending") return { kind: "already", state: from.state };
    if (from.fence !== input.fence) return { kind: "stale_fence" };
    const { state, why, reason } = input;
    const set = { state, why: why ?? null, reason: reason ?? null, decided_at: context.now, finished_at: context.now };
    await moveApproval(tx, context, { from, set });
    await tell(tx, context, { told: input.told, anchorId: from.anchor_id });
    return { kind: "closed" };
  },
);

type Noted = { kind: "noted" } | { kind: "changed"; version: number } | AlreadyDecided;

/** A person says what an unknown outcome really was; the state stays. */
export const noteOutcome = defineWrite(NoteOutcomeInput, async (tx, input, context): Promise<Noted> => {
  const from = await loadApproval(tx, input.id);
  if (from === undefined) return { kind: "unknown" };
  if (from.version !== input.version) return { kind: "changed", version: from.version };
  if (from.state !== "failed" || from.side_effect !== "unknown") return { kind: "already", state: from.state };
  const note = JSON.stringify({ happened: input.happened, by: input.by, reason: input.reason, at: context.now });
  await moveApproval(tx, context, { from, set: { state: "failed", outcome_note: note } });
  await tell(tx, context, { told: input.told, anchorId: from.anchor_id });
  return { kind: "noted" };
});
