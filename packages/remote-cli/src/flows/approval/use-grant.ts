/** A call that a standing permission covers runs at once and leaves an approval of its own and a line in the thread. */
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { Grant, Ledger } from "@thor/ledger/port";

import { actionOf } from "../../core/approval/action.ts";
import { coversCall } from "../../core/approval/grant.ts";
import { auditOf } from "../../core/approval/told.ts";
import { plainLine } from "../../core/approval/visible.ts";
import type { Ask, Call, Caller, Outcome } from "../../core/call.ts";
import type { Execution } from "./execution.ts";
import type { Hold } from "./hold.ts";
import { requestOf, type NewRequest, type NewRequestDeps } from "./new-request.ts";
import type { PolicyDeps, Ruled } from "./policy.ts";
import type { CardPlace, CardTarget } from "./target.ts";
import type { Voters } from "./voters.ts";

export interface UseGrantDeps extends Pick<Ledger, "activeGrants" | "useGrant" | "approvalById">, NewRequestDeps {
  link: (anchorId: string, triggerId: string | undefined) => string;
  admission: PolicyDeps["admission"];
  voters: Voters;
  cardTarget: CardTarget;
  hold: Hold;
  execution: Execution;
}
interface Asked {
  call: Call;
  caller: Extract<Caller, { kind: "session" }>;
  ask: Ask;
  ruled: Ruled;
}

const TRIES = 3;

function threadLine(request: NewRequest, grant: Grant, { thread, link }: { thread: CardPlace; link: string }) {
  const by = /^[UW]/.test(grant.createdBy) ? `<@${grant.createdBy}>` : plainLine(grant.createdBy, 60);
  const tool = plainLine(`${request.store} ${request.tool}`, 100);
  const text = `:white_check_mark: Ran ${tool} under the standing permission of ${by} · <${link}|View>`;
  const payload: OutboxPayload = { kind: "slack.post", ...thread, text };
  const stream = slackStream(thread.channel, thread.threadTs);
  return {
    kind: payload.kind,
    stream,
    dedupeKey: `approval-granted:${request.id}`,
    payload,
    anchorId: request.anchorId,
  };
}

export function createUseGrant(deps: UseGrantDeps) {
  /** A permission that covers the call and whose giver could still give it. */
  const find = async ({ call, caller, ask, ruled }: Asked): Promise<Grant | undefined> => {
    const { policy, rule } = ruled;
    const action = actionOf(ask, call);
    if (action.alwaysAsk || !policy.grants.enabled || policy.quorum !== 1) return undefined;
    if (deps.admission().isDecidingSuspended) return undefined;
    const { store, tool, targetKey } = action;
    const requesters = caller.trigger?.requesters ?? [];
    for (const grant of await deps.activeGrants({ now: deps.now(), scopeKey: caller.anchorId })) {
      if (!coversCall(grant, { store, tool, targetKey, rule, requesters })) continue;
      const judged = await deps.voters.judge(grant.createdBy, { policy, requesters });
      if (judged.kind === "allowed") return grant;
    }
    return undefined;
  };

  /** Takes one use of it; undefined when it ended meanwhile. */
  const take = async (asked: Asked, grant: Grant) => {
    const { card, thread } = await deps.cardTarget(asked.caller.anchorId, asked.ruled.policy);
    const place = thread ?? card;
    if (place === undefined) return undefined;
    const request = requestOf(deps, { ...asked, place });
    const line = threadLine(request, grant, { thread: place, link: deps.link(request.anchorId, request.triggerId) });
    const by = { kind: "agent" as const, id: asked.caller.sessionId };
    const audit = auditOf(request, { event: "grant.used", decision: "used", by, detail: { grant: grant.id } });
    const told = { audit, outbox: [line] };
    return deps.useGrant({ id: grant.id, version: grant.version, request, told });
  };

  const run = async ({ ask }: Asked, approvalId: string, given: { fence: number; reviewer: string }) => {
    const record = await deps.approvalById({ id: approvalId });
    if (record === undefined) return undefined;
    const ran = await deps.hold(approvalId, () => deps.execution.run(record, ask, given));
    return ran.kind === "ended" ? ran.outcome : undefined;
  };

  /** Undefined: nothing covers the call, so people are asked. */
  return async (asked: Asked): Promise<Outcome | undefined> => {
    for (let attempt = 0; attempt < TRIES; attempt += 1) {
      const grant = await find(asked);
      if (grant === undefined) return undefined;
      const used = await take(asked, grant);
      if (used?.kind === "changed") continue;
      if (used?.kind !== "begun") return undefined;
      const lost: Outcome = {
        stdout: "",
        stderr: "it is not known how this ended; look before you repeat it\n",
        exitCode: 1,
        ended: "exit",
      };
      return (await run(asked, used.approvalId, { fence: used.fence, reviewer: grant.createdBy })) ?? lost;
    }
    return undefined;
  };
}
export type UseGrant = ReturnType<typeof createUseGrant>;
