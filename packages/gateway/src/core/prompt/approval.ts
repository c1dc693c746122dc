import type { ApprovalOutcome } from "@thor/domain/approval";

/** What the agent should make of it: five endings, five ways on. */
function guidance({ decision, resolutionStatus, ...outcome }: ApprovalOutcome): string {
  if (decision === "rejected")
    return "This was not approved. Do not ask for the same thing again unasked; take the reason into account.";
  if (resolutionStatus === "rejected")
    return "This was approved, and then could not be carried out as it was shown. Explain that; ask afresh only if it is still wanted.";
  if (outcome.state === "done")
    return "This was approved and has been carried out already. Do not run it again; report it and go on.";
  if (outcome.resolutionSideEffectAttempted)
    return "This was approved, and it is not certain what it did. Do not repeat it; look at the target, and recover in another way.";
  return "This was approved and failed before it changed anything. Read `approval status`, explain, and choose the next safe step.";
}

function edited({ replaces, editedFields = [] }: ApprovalOutcome, id: string): string[] {
  if (replaces === undefined) return [];
  return [`A person changed: ${editedFields.join(", ")}; the request is now ${id}, before it was ${replaces}.`];
}

function item(outcome: ApprovalOutcome, at: number): string {
  const { actionId, reviewer, upstreamName, tool, threadTs, reason, why, resolutionSummary: summary } = outcome;
  return [
    `${at + 1}. ${guidance(outcome)}`,
    `   Request: ${actionId}`,
    `   Reviewer: ${/^[UW][A-Z0-9]+$/.test(reviewer) ? `<@${reviewer}>` : reviewer}`,
    `   Target: ${upstreamName}/${tool === "" ? "unknown tool" : tool}`,
    `   Thread: ${threadTs}`,
    ...(why === undefined ? [] : [`   Why: ${why}`]),
    ...(reason === undefined ? [] : [`   Reason: ${reason}`]),
    ...(summary === undefined ? [] : [`   Resolution summary: ${summary}`]),
    ...edited(outcome, actionId).map((line) => `   ${line}`),
  ].join("\n");
}

/** How requests for a person's yes ended, as the agent reads it; raw output is not here but in `approval status`. */
export function approvalBlock(outcomes: readonly ApprovalOutcome[]): string {
  const heading = outcomes.length === 1 ? "Approval outcome event" : "Approval outcome events";
  return [heading, ...outcomes.map(item)].join("\n\n");
}
