/** What an operator does about a request besides deciding it. */
import type { ApprovalSteered, ApprovalSteering } from "@thor/domain/approval";
import type { Approval, AuditInput, Ledger } from "@thor/ledger/port";

import { outcomeOf } from "../../core/approval/ending.ts";
import { auditOf, cardPromise, outcomeEvent, repostPromise } from "../../core/approval/told.ts";

export interface SteerDeps extends Pick<Ledger, "approvalById" | "noteOutcome" | "closeApproval" | "enqueueOutbox"> {
  note: (record: AuditInput) => Promise<boolean>;
  wakeCards: () => void;
}
export type Steered = ApprovalSteered | { kind: "again" };

const DONE: Steered = { kind: "done" };
const refused = (text: string): Steered => ({ kind: "refused", text });
const OVER = refused("It is no longer as it was shown; look again.");

type Settling = Extract<ApprovalSteering, { act: "settle" }>;

/** The state stays failed: a person only says what the unknown outcome really was. */
async function settle(deps: SteerDeps, record: Approval, { happened, by, reason }: Settling): Promise<Steered> {
  if (record.state !== "failed" || record.sideEffect !== "unknown" || record.outcomeNote !== undefined)
    return refused("Only an unknown outcome can be settled, once.");
  const sideEffect = happened ? ("attempted" as const) : ("none" as const);
  const said = `${by} looked: it ${happened ? "happened" : "did not happen"}. ${reason}`;
  const end = { state: "failed" as const, reviewer: by, sideEffect, why: "settled", reason: said };
  const noted = await deps.noteOutcome({
    id: record.id,
    version: record.version,
    happened,
    by,
    reason,
    told: {
      audit: auditOf(record, {
        event: "approval.settled",
        decision: "settled",
        by: { kind: "admin", id: by },
        reason: said.slice(0, 500),
        detail: { happened: String(happened) },
      }),
      event: outcomeEvent(record, outcomeOf(record, end), "settled"),
    },
  });
  if (noted.kind === "noted") return DONE;
  return noted.kind === "unavailable" || noted.kind === "overloaded" ? { kind: "again" } : OVER;
}

type Withdrawal = Extract<ApprovalSteering, { act: "withdraw" }>;

async function withdraw(deps: SteerDeps, record: Approval, { by, reason }: Withdrawal): Promise<Steered> {
  if (record.state !== "pending") return OVER;
  const why = { why: "withdrawn" as const, reason };
  const end = { state: "rejected" as const, reviewer: by, sideEffect: "none" as const, ...why };
  const closed = await deps.closeApproval({
    id: record.id,
    fence: record.fence,
    state: "rejected",
    ...why,
    told: {
      audit: auditOf(record, {
        event: "approval.decided",
        decision: "rejected",
        by: { kind: "admin", id: by },
        reason: "withdrawn",
      }),
      outbox: [cardPromise(record, "rejected")],
      event: outcomeEvent(record, outcomeOf(record, end)),
    },
  });
  deps.wakeCards();
  if (closed.kind === "closed") return DONE;
  return closed.kind === "unavailable" || closed.kind === "overloaded" ? { kind: "again" } : OVER;
}

async function repost(deps: SteerDeps, record: Approval, by: string): Promise<Steered> {
  const { state, messageTs } = record;
  if (state !== "pending" || messageTs === undefined) return refused("Only a card that waits can be posted afresh.");
  const isNoted = await deps.note(
    auditOf(record, { event: "admin.approval.repost", decision: "reposted", by: { kind: "admin", id: by } }),
  );
  const queued = isNoted ? await deps.enqueueOutbox(repostPromise(record, messageTs)) : undefined;
  deps.wakeCards();
  return queued?.kind === "queued" || queued?.kind === "exists" ? DONE : { kind: "again" };
}

export const createSteer =
  (deps: SteerDeps) =>
  async (asked: ApprovalSteering): Promise<Steered> => {
    const record = await deps.approvalById({ id: asked.id });
    if (record === undefined) return refused("There is no such request.");
    switch (asked.act) {
      case "settle":
        return settle(deps, record, asked);
      case "withdraw":
        return withdraw(deps, record, asked);
      case "repost":
        return repost(deps, record, asked.by);
    }
  };
export type Steer = ReturnType<typeof createSteer>;
