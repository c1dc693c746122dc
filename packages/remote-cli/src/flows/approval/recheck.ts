/** Decides a stored call again, from the configuration and the world as they are now. */
import type { Approval } from "@thor/ledger/port";

import { actionOf } from "../../core/approval/action.ts";
import { fingerprintOf, isSameFingerprint } from "../../core/approval/fingerprint.ts";
import { meaningOf } from "../../core/approval/record.ts";
import type { Ask, Call, Decision } from "../../core/call.ts";
import type { Resolved, SessionCaller } from "../resolve-caller.ts";
import type { Decide } from "../run-command.ts";

export interface RecheckDeps {
  resolve: (asked: Pick<SessionCaller, "sessionId" | "anchorId" | "trigger">) => Promise<Resolved>;
  tools: () => Readonly<Record<string, Decide>>;
  sha256: (text: string) => string;
}
export type Rechecked = { kind: "same"; ask: Ask } | { kind: "differs"; reason: string };

/** The stored call, as if it were made now for the same run. */
export async function callerOf(deps: Pick<RecheckDeps, "resolve">, record: Approval): Promise<Resolved> {
  const { sessionId, anchorId, triggerId } = record;
  const { requesters, authoredArgs } = meaningOf(record);
  const trigger = triggerId === undefined ? undefined : { id: triggerId, requesters, isOpen: authoredArgs.isRunOpen };
  return deps.resolve({ sessionId, anchorId, trigger });
}

const differs = (reason: string): Rechecked => ({ kind: "differs", reason });

function compare(
  deps: RecheckDeps,
  record: Approval,
  { decision, call }: { decision: Decision; call: Call },
): Rechecked {
  if (decision.kind === "deny") return differs(decision.text.split("\n")[0] ?? "it is no longer allowed");
  if (decision.kind !== "ask") return differs("it no longer needs an approval in this form");
  const isSame = isSameFingerprint(record, fingerprintOf(actionOf(decision, call), deps.sha256));
  return isSame ? { kind: "same", ask: decision } : differs("what would run is not what was approved");
}

export const createRecheck =
  (deps: RecheckDeps) =>
  async (record: Approval): Promise<Rechecked> => {
    const resolved = await callerOf(deps, record);
    if (resolved.kind === "refused") return differs(resolved.text);
    const { authoredArgs, injected } = meaningOf(record);
    const decide = deps.tools()[authoredArgs.tool];
    if (decide === undefined) return differs("the command is not available");
    const { tool, args, cwd, stdin } = authoredArgs;
    const call: Call = { id: record.id, tool, args, cwd, stdin, caller: resolved.caller, approved: { injected } };
    const decision = await decide(call);
    const compared = compare(deps, record, { decision, call });
    if (compared.kind === "differs" && "close" in decision) await decision.close();
    return compared;
  };
export type Recheck = ReturnType<typeof createRecheck>;
