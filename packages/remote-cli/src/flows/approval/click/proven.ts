/** A decision whose proof was checked, and how it can be answered. */
import type { ApprovalAction, ApprovalAnswer, ApprovalClickProof } from "@thor/domain/approval";
import type { Approval, Ledger } from "@thor/ledger/port";

import type { Step } from "../../../core/approval/told.ts";
import type { Judgement } from "../../../core/approval/voter.ts";

export interface ProvenClick {
  action: ApprovalAction;
  record: Approval;
  voter: string;
  reason: string | undefined;
  click: ApprovalClickProof;
}
/** `again`: not a definite answer; the same click is to be sent once more. */
export type Answered = { kind: "answer"; answer: ApprovalAnswer } | { kind: "again"; why: string };

export const answered = (answer: ApprovalAnswer): Answered => ({ kind: "answer", answer });
export const again = (why: string): Answered => ({ kind: "again", why });

/** Tells the person why not, and writes it down. */
export type Say = (rule: string, text: string) => Promise<Answered>;

const REFUSALS = {
  not_a_member: "Only active members of this workspace can decide about this.",
  not_an_approver: "You are not among the approvers of this request.",
  self_approval: "Whoever asked cannot approve this request; somebody else has to.",
  unknown: "Could not verify you, try again.",
} as const;

/** Tells a person whose decision does not count why; undefined when it counts. */
export function unlessAllowed(judged: Judgement | { kind: "unknown" }, say: Say): Promise<Answered> | undefined {
  if (judged.kind === "allowed") return undefined;
  const rule = judged.kind === "unknown" ? "unknown" : judged.rule;
  return say(rule, REFUSALS[rule]);
}

export const actorOf = ({ voter, click }: ProvenClick): Step["by"] => ({ kind: click.via, id: voter });

export const hasReason = ({ reason }: ProvenClick) => (reason ?? "").trim() !== "";

/** A final state as an answer, or the state that something is still to come of. */
export function standingOf({
  state,
}: Pick<Approval, "state">): "pending" | "executing" | Extract<ApprovalAnswer, { kind: "final" }> {
  return state === "pending" || state === "executing" ? state : { kind: "final", state };
}

/** The answer after somebody else was faster. */
export async function settledAs({ approvalById }: Pick<Ledger, "approvalById">, id: string): Promise<Answered> {
  const record = await approvalById({ id });
  const now = record === undefined ? "pending" : standingOf(record);
  return typeof now === "string" ? again(now) : answered(now);
}
