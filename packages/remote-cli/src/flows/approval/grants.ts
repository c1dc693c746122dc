/** Standing permissions: given with an approval, and ended by time, use, rule, or anybody responsible. */
import type { Approval, Ledger } from "@thor/ledger/port";

import { grantIdOf } from "../../core/approval/grant.ts";
import { meaningOf } from "../../core/approval/record.ts";
import { auditOf } from "../../core/approval/told.ts";
import { isRequester } from "../../core/approval/voter.ts";
import { actorOf, again, answered, unlessAllowed, type Answered, type ProvenClick, type Say } from "./click/proven.ts";
import type { PolicyDeps, Ruled } from "./policy.ts";
import type { Voters } from "./voters.ts";

export interface GrantsDeps extends Pick<Ledger, "createGrant" | "grantById" | "revokeGrant"> {
  now: () => number;
  admission: PolicyDeps["admission"];
  voters: Voters;
  wakeCards: () => void;
}

/** The promise that the thread shows the permission as it stands. */
const shownGrant = ({ id, anchorId }: Pick<Approval, "id" | "anchorId">, tag: "open" | "ended") => ({
  kind: "approval.grant",
  stream: `approval:${grantIdOf(id)}`,
  dedupeKey: `approval-grant:${id}:${tag}`,
  payload: { kind: "approval.grant", actionId: id },
  anchorId,
});

/** Gives what the overflow offered, once however often the click is carried out. */
export const createGrantAfterVote =
  (deps: GrantsDeps) =>
  async (proven: ProvenClick, { policy, rule }: Ruled): Promise<void> => {
    const { record, voter } = proven;
    const id = grantIdOf(record.id);
    if ((await deps.grantById({ id })) !== undefined) return;
    const { durationMs, maxUses } = policy.grants;
    await deps.createGrant({
      id,
      store: record.store,
      tool: record.tool,
      targetKey: record.targetKey,
      rule,
      scopeKind: "conversation",
      scopeKey: record.anchorId,
      requesters: meaningOf(record).requesters,
      maxUses,
      createdBy: voter,
      approvers: [voter],
      expiresAt: deps.now() + durationMs,
      told: {
        audit: auditOf(record, { event: "grant.created", decision: "approved", by: actorOf(proven) }),
        outbox: [shownGrant(record, "open")],
      },
    });
    deps.wakeCards();
  };
export type GrantAfterVote = ReturnType<typeof createGrantAfterVote>;

/** Ends a permission; who asked or may approve may always do so. */
export const createRevoke =
  (deps: GrantsDeps) =>
  async (proven: ProvenClick, ruled: Ruled, say: Say): Promise<Answered> => {
    const { record, voter } = proven;
    const { requesters } = meaningOf(record);
    const rules = { policy: { ...ruled.policy, selfApproval: true }, requesters };
    const isOwn = isRequester(requesters, voter, deps.admission());
    const judged = isOwn ? { kind: "allowed" as const } : await deps.voters.judge(voter, rules);
    const refused = unlessAllowed(judged, say);
    if (refused !== undefined) return refused;
    const revoked = await deps.revokeGrant({
      id: grantIdOf(record.id),
      by: voter,
      reason: "revoked",
      told: {
        audit: auditOf(record, { event: "grant.revoked", decision: "revoked", by: actorOf(proven) }),
        outbox: [shownGrant(record, "ended")],
      },
    });
    deps.wakeCards();
    if (revoked.kind === "unavailable" || revoked.kind === "overloaded") return again(revoked.kind);
    return revoked.kind === "unknown"
      ? say("unknown_grant", "There is no such permission.")
      : answered({ kind: "revoked" });
  };
