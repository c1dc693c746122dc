/** The row of a request: the action frozen, and the rule as it matched. */
import type { Ledger } from "@thor/ledger/port";

import { actionOf } from "../../core/approval/action.ts";
import { fingerprintOf } from "../../core/approval/fingerprint.ts";
import type { Ask, Call, Caller } from "../../core/call.ts";
import type { Ruled } from "./policy.ts";
import type { CardPlace } from "./target.ts";

export interface NewRequestDeps {
  now: () => number;
  newId: () => string;
  sha256: (text: string) => string;
}
type SessionCaller = Extract<Caller, { kind: "session" }>;
export type NewRequest = Parameters<Ledger["createApproval"]>[0]["request"];

export function requestOf(
  deps: NewRequestDeps,
  asked: { call: Call; caller: SessionCaller; ask: Ask; ruled: Ruled; place: CardPlace },
): NewRequest {
  const { call, caller, ask, ruled, place } = asked;
  const action = actionOf(ask, call);
  const { policy, rule } = ruled;
  const mayGrant = policy.grants.enabled && policy.quorum === 1 && !action.alwaysAsk;
  const { approvers, selfApproval, quorum, requireReason } = policy;
  const { tool, args, cwd, stdin } = call;
  return {
    id: deps.newId(),
    store: action.store,
    tool: action.tool,
    targetKey: action.targetKey,
    profile: caller.profile,
    args: action.args,
    ...fingerprintOf(action, deps.sha256),
    authoredArgs: {
      tool,
      args,
      ...(cwd === undefined ? {} : { cwd }),
      ...(stdin === undefined ? {} : { stdin }),
      isRunOpen: caller.trigger?.isOpen === true,
    },
    injected: action.injected,
    presentation: {
      title: action.title,
      fields: action.fields,
      editable: action.editable,
      confirm: action.confirm,
      alwaysAsk: action.alwaysAsk,
    },
    requesters: [...(caller.trigger?.requesters ?? [])],
    rule,
    policy: {
      approvers,
      selfApproval,
      quorum,
      requireReason,
      ...(mayGrant ? { grantMs: policy.grants.durationMs } : {}),
    },
    anchorId: caller.anchorId,
    sessionId: caller.sessionId,
    triggerId: caller.trigger?.id,
    channel: place.channel,
    threadTs: place.threadTs,
    expiresAt: deps.now() + policy.expiresAfterMs,
  };
}
