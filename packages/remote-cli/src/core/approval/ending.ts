/** How a request stands, in the words of a card, of its outcome event and of the agent's command. */
import type { ApprovalOutcome } from "@thor/domain/approval";

import type { CardEnd } from "./card.ts";
import { plainLine } from "./visible.ts";

export interface Standing {
  state: "pending" | "executing" | "done" | "failed" | "rejected" | "expired";
  why?: string | undefined;
  reason?: string | undefined;
  error?: string | undefined;
  sideEffect: "none" | "attempted" | "unknown";
  replacedBy?: string | undefined;
  grantId?: string | undefined;
  votes: readonly { voter: string; decision: "approved" | "rejected"; reason?: string | undefined }[];
}

const MAX_REASON = 300;
const person = (id: string) => (/^[UW][A-Z0-9]+$/.test(id) ? `<@${id}>` : plainLine(id, 60));

function votersOf({ votes, grantId }: Standing, decision: "approved" | "rejected"): string {
  const names = votes.filter((vote) => vote.decision === decision).map(({ voter }) => person(voter));
  if (names.length > 0) return names.join(", ");
  return grantId === undefined ? "nobody" : "a standing permission";
}

const because = (reason: string | undefined) =>
  reason === undefined || reason === "" ? "" : `: ${plainLine(reason, MAX_REASON)}`;

const REJECTIONS: Readonly<Record<string, CardEnd>> = {
  withdrawn: { sign: "🚫", text: "Withdrawn" },
  stopped: { sign: "🚫", text: "Withdrawn: the run was stopped" },
  edited: { sign: "✏️", text: "Replaced by an edited request" },
  veto: { sign: "❌", text: "Not executed: it is no longer what was approved" },
  post_failed: { sign: "❌", text: "Could not be shown" },
};

function failedEnd({ sideEffect, error }: Standing, by: string): CardEnd {
  if (sideEffect === "unknown") return { sign: "⚠️", text: `Approved by ${by}; outcome unknown, check the target` };
  const when = sideEffect === "none" ? "before anything was sent" : "after it was sent";
  return { sign: "⚠️", text: `Approved by ${by}, but failed ${when}${because(error?.split("\n")[0])}` };
}

/** The first line of a card that no longer waits. */
export function cardEnd(standing: Standing): CardEnd {
  const by = votersOf(standing, "approved");
  switch (standing.state) {
    case "pending":
      return { sign: ":lock:", text: "Waiting" };
    case "executing":
      return { sign: "⏳", text: `Approved by ${by}; executing` };
    case "done":
      return { sign: "✅", text: `Approved by ${by} and executed` };
    case "failed":
      return failedEnd(standing, by);
    case "expired":
      return { sign: "⌛", text: "Expired" };
    case "rejected": {
      const end = REJECTIONS[standing.why ?? ""] ?? {
        sign: "❌",
        text: `Rejected by ${votersOf(standing, "rejected")}`,
      };
      return { ...end, text: `${end.text}${because(standing.reason)}` };
    }
  }
}

/** `pending`, `approved` or `rejected`: what the agent needs to know first. */
export function statusOf(state: Standing["state"]): "pending" | "approved" | "rejected" {
  if (state === "pending") return "pending";
  return state === "rejected" || state === "expired" ? "rejected" : "approved";
}

type Ended = Extract<ApprovalOutcome["state"], string>;

/** What the conversation is told; never what the tool printed. */
export function outcomeOf(
  record: {
    id: string;
    store: string;
    tool: string;
    channel: string;
    threadTs: string;
    messageTs?: string | undefined;
    replaces?: string | undefined;
  },
  end: {
    state: Ended;
    reviewer: string;
    sideEffect: Standing["sideEffect"];
    why?: string | undefined;
    reason?: string | undefined;
    editedFields?: string[] | undefined;
  },
): ApprovalOutcome {
  const { why, reason, editedFields } = end;
  const status = end.state === "done" || end.state === "failed" ? "approved" : "rejected";
  // People said yes, and then it could not be carried out as it was shown.
  const decision = why === "veto" ? "approved" : status;
  const { replaces } = record;
  return {
    actionId: record.id,
    decision,
    reviewer: end.reviewer,
    channel: record.channel,
    threadTs: record.threadTs,
    upstreamName: record.store,
    tool: record.tool,
    messageTs: record.messageTs,
    resolutionStatus: status,
    ...(end.state === "done" ? { resolutionSummary: "executed" } : {}),
    resolutionExitCode: end.state === "done" ? 0 : 1,
    resolutionSideEffectAttempted: end.sideEffect !== "none",
    state: end.state,
    ...(why === undefined ? {} : { why }),
    ...(reason === undefined ? {} : { reason }),
    ...(replaces === undefined ? {} : { replaces }),
    ...(editedFields === undefined ? {} : { editedFields }),
  };
}
