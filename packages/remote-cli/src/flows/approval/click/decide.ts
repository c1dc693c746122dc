/** Takes one proven decision to its end: refused, counted, or the request is final. */
import type { ApprovalAction } from "@thor/domain/approval";

import type { SessionCaller } from "../../resolve-caller.ts";
import type { Hold } from "../hold.ts";
import type { PolicyFor, Ruled } from "../policy.ts";
import { callerOf, type RecheckDeps } from "../recheck.ts";
import type { Refuse } from "../refuse.ts";
import { again, answered, standingOf, type Answered, type ProvenClick, type Say } from "./proven.ts";

type Act = (proven: ProvenClick, ruled: Ruled, say: Say) => Promise<Answered>;
export interface DecideClickDeps {
  resolve: RecheckDeps["resolve"];
  policyFor: PolicyFor;
  hold: Hold;
  refuse: Refuse;
  approve: Act;
  reject: Act;
}

const REJECTING: ReadonlySet<ApprovalAction> = new Set(["reject", "rejectForm", "withdraw"]);

/** A conversation that cannot be resolved can still be refused; approving it ends in a veto. */
const unresolved = ({ record }: ProvenClick): SessionCaller => ({
  kind: "session",
  sessionId: record.sessionId,
  lineage: [],
  anchorId: record.anchorId,
  channels: [],
  profile: record.profile,
});

export const createDecideClick =
  (deps: DecideClickDeps) =>
  async (proven: ProvenClick): Promise<Answered> => {
    const { record, voter, click } = proven;
    const say: Say = async (rule, text) => answered(await deps.refuse(record, { rule, text, voter, click }));
    const now = standingOf(record);
    if (now === "executing") return again("executing");
    if (now !== "pending") {
      const isOwn = record.votes.some((vote) => vote.voter === voter);
      return isOwn ? answered(now) : say("decided", "This request has been decided already.");
    }
    const held = await deps.hold(record.id, async () => {
      const resolved = await callerOf(deps, record);
      const ruled = deps.policyFor(record, resolved.kind === "caller" ? resolved.caller : unresolved(proven));
      return REJECTING.has(proven.action) ? deps.reject(proven, ruled, say) : deps.approve(proven, ruled, say);
    });
    return held.kind === "held" ? again("executing") : held;
  };
export type DecideClick = ReturnType<typeof createDecideClick>;
