/** A yes: judged by the rules of this moment, counted once, together with the earlier ones that still count. */
import type { Ledger } from "@thor/ledger/port";

import { meaningOf } from "../../../core/approval/record.ts";
import { auditOf, cardPromise } from "../../../core/approval/told.ts";
import type { PolicyDeps, Ruled } from "../policy.ts";
import type { Voters } from "../voters.ts";
import type { CarryOut } from "./carry-out.ts";
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

export interface ApproveDeps extends Pick<Ledger, "castVote" | "approvalById"> {
  admission: PolicyDeps["admission"];
  voters: Voters;
  carryOut: CarryOut;
  wakeCards: () => void;
}

/** Why this person's yes does not count now. */
async function refusal(deps: ApproveDeps, proven: ProvenClick, { ruled, say }: { ruled: Ruled; say: Say }) {
  const { policy } = ruled;
  if (deps.admission().isDecidingSuspended)
    return say("config_faulty", "thor.json is faulty: until it is mended only Reject and Withdraw work.");
  const { requesters } = meaningOf(proven.record);
  const judged = await deps.voters.judge(proven.voter, { policy, requesters });
  const refused = unlessAllowed(judged, say);
  if (refused !== undefined) return refused;
  const isMissing = policy.requireReason === "always" && !hasReason(proven);
  if (isMissing) return say("reason_required", "A reason is required: press Approve again and give one.");
  const mayGrant = policy.grants.enabled && policy.quorum === 1;
  const isGrant = proven.action === "grant";
  return isGrant && !mayGrant ? say("grants_off", "Standing permissions are not allowed here.") : undefined;
}

/** Counts the vote; earlier voters who may no longer vote drop out. */
async function cast(deps: ApproveDeps, proven: ProvenClick, ruled: Ruled) {
  const { record, voter, reason, click } = proven;
  const { policy } = ruled;
  const others = record.votes.filter((vote) => vote.decision === "approved").map((vote) => vote.voter);
  const rules = { policy, requesters: meaningOf(record).requesters };
  const eligible = await deps.voters.eligible([...new Set([...others, voter])], rules);
  const voted = await deps.castVote({
    id: record.id,
    voter,
    decision: "approved",
    ...(reason === undefined ? {} : { reason }),
    clickId: click.id,
    via: click.via,
    quorum: policy.quorum,
    eligible,
    told: {
      audit: auditOf(record, { event: "approval.clicked", decision: "approved", by: actorOf(proven), reason }),
      outbox: [cardPromise(record, `vote:${voter}`)],
    },
  });
  return { voted, eligible };
}

export const createApprove =
  (deps: ApproveDeps) =>
  async (proven: ProvenClick, ruled: Ruled, say: Say): Promise<Answered> => {
    const refused = await refusal(deps, proven, { ruled, say });
    if (refused !== undefined) return refused;
    const { voted, eligible } = await cast(deps, proven, ruled);
    switch (voted.kind) {
      case "ready":
        return deps.carryOut(proven, { ruled, eligible });
      case "counted":
        deps.wakeCards();
        return answered(voted);
      case "refused":
        return say(voted.rule, "This request has expired.");
      case "unavailable":
      case "overloaded":
        return again(voted.kind);
      case "rejected":
      case "already":
      case "unknown":
        return settledAs(deps, proven.record.id);
    }
  };
