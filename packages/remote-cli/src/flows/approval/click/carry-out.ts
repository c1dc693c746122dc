/** Enough people said yes: everything is checked once more, then it runs, or a veto says why not. */
import type { Ledger } from "@thor/ledger/port";

import { outcomeOf } from "../../../core/approval/ending.ts";
import { auditOf, cardPromise, outcomeEvent } from "../../../core/approval/told.ts";
import type { Execution } from "../execution.ts";
import type { GrantAfterVote } from "../grants.ts";
import type { Ruled } from "../policy.ts";
import type { Recheck } from "../recheck.ts";
import { actorOf, again, answered, settledAs, type Answered, type ProvenClick } from "./proven.ts";

export interface CarryOutDeps extends Pick<Ledger, "approvalById" | "beginExecution" | "closeApproval"> {
  recheck: Recheck;
  execution: Execution;
  grantAfterVote: GrantAfterVote;
  wakeCards: () => void;
}

async function veto(deps: CarryOutDeps, { record, voter }: ProvenClick, reason: string): Promise<Answered> {
  const outcome = outcomeOf(record, { state: "rejected", reviewer: voter, sideEffect: "none", why: "veto", reason });
  const by = { kind: "service" as const, id: "remote-cli" };
  const closed = await deps.closeApproval({
    id: record.id,
    fence: record.fence,
    state: "rejected",
    why: "veto",
    reason,
    told: {
      audit: auditOf(record, { event: "approval.decided", decision: "rejected", by, reason }),
      outbox: [cardPromise(record, "rejected")],
      event: outcomeEvent(record, outcome),
    },
  });
  deps.wakeCards();
  if (closed.kind === "unavailable" || closed.kind === "overloaded") return again(closed.kind);
  return closed.kind === "closed" ? answered({ kind: "final", state: "rejected" }) : settledAs(deps, record.id);
}

function begin(deps: CarryOutDeps, proven: ProvenClick, { ruled, eligible }: { ruled: Ruled; eligible: string[] }) {
  const { record } = proven;
  const detail = { approvers: eligible.join(" ") };
  return deps.beginExecution({
    id: record.id,
    fence: record.fence,
    argsSha256: record.argsSha256,
    contextSha256: record.contextSha256,
    quorum: ruled.policy.quorum,
    eligible,
    told: {
      audit: auditOf(record, { event: "approval.decided", decision: "approved", by: actorOf(proven), detail }),
      outbox: [cardPromise(record, "executing")],
    },
  });
}

export const createCarryOut =
  (deps: CarryOutDeps) =>
  async (proven: ProvenClick, given: { ruled: Ruled; eligible: string[] }): Promise<Answered> => {
    const { record, voter } = proven;
    const checked = await deps.recheck(record);
    if (checked.kind === "differs") return veto(deps, proven, checked.reason);
    const { ask } = checked;
    try {
      const begun = await begin(deps, proven, given);
      if (begun.kind === "unavailable" || begun.kind === "overloaded") return again(begun.kind);
      if (begun.kind !== "begun") return await settledAs(deps, record.id);
      deps.wakeCards();
      if (proven.action === "grant") await deps.grantAfterVote(proven, given.ruled);
      const ran = await deps.execution.run(record, ask, { fence: begun.fence, reviewer: voter });
      return ran.kind === "lost" ? await settledAs(deps, record.id) : answered({ kind: "final", state: ran.state });
    } finally {
      await ask.close();
    }
  };
export type CarryOut = ReturnType<typeof createCarryOut>;
