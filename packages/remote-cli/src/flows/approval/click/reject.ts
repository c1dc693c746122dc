/** A no: of an approver it ends the request, of a requester it withdraws it. It needs no quorum and no valid rules. */
import type { Ledger } from "@thor/ledger/port";

import { outcomeOf } from "../../../core/approval/ending.ts";
import { meaningOf } from "../../../core/approval/record.ts";
import { auditOf, cardPromise, outcomeEvent } from "../../../core/approval/told.ts";
import { isRequester } from "../../../core/approval/voter.ts";
import type { PolicyDeps, Ruled } from "../policy.ts";
import type { Voters } from "../voters.ts";
import {
  actorOf,
  again,
  answered,
  hasReason,
  settledAs,
  unlessAllowed,
  type Answered,
  type ProvenClick,
  type Say,
} from "./proven.ts";

export interface RejectDeps extends Pick<Ledger, "castVote" | "approvalById"> {
  admission: PolicyDeps["admission"];
  voters: Voters;
  wakeCards: () => void;
}

function toldOf(proven: ProvenClick, why: "withdrawn" | "reviewer") {
  const { record, voter, reason } = proven;
  const outcome = outcomeOf(record, { state: "rejected", reviewer: voter, sideEffect: "none", why, reason });
  return {
    audit: auditOf(record, { event: "approval.decided", decision: "rejected", by: actorOf(proven), reason }),
    outbox: [cardPromise(record, "rejected")],
    event: outcomeEvent(record, outcome),
  };
}

/** Who may say no: everybody who may say yes, self-approval aside. */
async function mayReject(deps: RejectDeps, proven: ProvenClick, { ruled, say }: { ruled: Ruled; say: Say }) {
  const { requesters } = meaningOf(proven.record);
  const policy = { ...ruled.policy, selfApproval: true };
  const judged = await deps.voters.judge(proven.voter, { policy, requesters });
  const refused = unlessAllowed(judged, say);
  if (refused !== undefined) return refused;
  const isMissing = ruled.policy.requireReason !== "never" && !hasReason(proven);
  return isMissing ? say("reason_required", "A reason is required: press Reject again and give one.") : undefined;
}

export const createReject =
  (deps: RejectDeps) =>
  async (proven: ProvenClick, ruled: Ruled, say: Say): Promise<Answered> => {
    const { record, voter, reason, click, action } = proven;
    const isOwn = isRequester(meaningOf(record).requesters, voter, deps.admission());
    if (action === "withdraw" && !isOwn) return say("not_a_requester", "Only who asked can withdraw it.");
    const refused = isOwn ? undefined : await mayReject(deps, proven, { ruled, say });
    if (refused !== undefined) return refused;
    const cast = await deps.castVote({
      id: record.id,
      voter,
      decision: "rejected",
      ...(reason === undefined ? {} : { reason }),
      clickId: click.id,
      via: click.via,
      quorum: 1,
      eligible: [],
      told: toldOf(proven, isOwn ? "withdrawn" : "reviewer"),
    });
    deps.wakeCards();
    if (cast.kind === "unavailable" || cast.kind === "overloaded") return again(cast.kind);
    return cast.kind === "rejected" ? answered({ kind: "final", state: "rejected" }) : settledAs(deps, record.id);
  };
