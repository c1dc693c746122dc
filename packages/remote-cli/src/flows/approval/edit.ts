/** A reviewer changes the words: the changed call is decided from the start, and asks for an approval of its own. */
import type { Approval, Ledger } from "@thor/ledger/port";

import { actionOf } from "../../core/approval/action.ts";
import { fingerprintOf } from "../../core/approval/fingerprint.ts";
import { meaningOf, parseFields } from "../../core/approval/record.ts";
import { auditOf, cardPromise } from "../../core/approval/told.ts";
import type { Ask, Call, Decision } from "../../core/call.ts";
import type { SessionCaller } from "../resolve-caller.ts";
import {
  actorOf,
  again,
  answered,
  unlessAllowed,
  settledAs,
  type Answered,
  type ProvenClick,
  type Say,
} from "./click/proven.ts";
import type { PolicyFor } from "./policy.ts";
import { callerOf, type RecheckDeps } from "./recheck.ts";
import type { Voters } from "./voters.ts";

export interface EditDeps extends Pick<Ledger, "replaceApproval" | "approvalById">, RecheckDeps {
  newId: () => string;
  policyFor: PolicyFor;
  voters: Voters;
  wakeCards: () => void;
}

const closeOf = async (decision: Decision) => ("close" in decision ? decision.close() : undefined);

/** The row that takes the old one's place: same requesters, same end, new words. */
function replacementOf(
  record: Approval,
  ask: Ask,
  given: { id: string; call: Call; editor: string; fields: string[]; sha256: (text: string) => string },
) {
  const action = actionOf(ask, given.call);
  const { tool, args, cwd, stdin } = given.call;
  const meaning = meaningOf(record);
  const { store, targetKey, profile, rule, policy, anchorId, sessionId, triggerId, channel, threadTs, expiresAt } =
    record;
  return {
    store,
    targetKey,
    profile,
    rule,
    policy,
    anchorId,
    sessionId,
    triggerId,
    channel,
    threadTs,
    expiresAt,
    id: given.id,
    tool: action.tool,
    args: action.args,
    ...fingerprintOf(action, given.sha256),
    authoredArgs: {
      tool,
      args,
      ...(cwd === undefined ? {} : { cwd }),
      ...(stdin === undefined ? {} : { stdin }),
      isRunOpen: meaning.authoredArgs.isRunOpen,
    },
    injected: action.injected,
    presentation: {
      ...meaning.presentation,
      title: action.title,
      editable: action.editable,
      editedBy: given.editor,
      editedFields: given.fields,
    },
    requesters: meaning.requesters,
  };
}

/** The stored call with changed fields, decided now; a refusal in words otherwise. */
const createRedecide =
  (deps: EditDeps) => async (record: Approval, caller: SessionCaller, fields: Record<string, string>) => {
    const { authoredArgs } = meaningOf(record);
    const decide = deps.tools()[authoredArgs.tool];
    const { tool, args, cwd, stdin } = authoredArgs;
    const first: Call = { id: record.id, caller, tool, args, cwd, stdin };
    const before = await decide?.(first);
    if (before === undefined || decide === undefined) return "The command is not available.";
    await closeOf(before);
    if (before.kind !== "ask") return "The request can no longer be made.";
    const call: Call = {
      id: record.id,
      tool,
      caller,
      cwd,
      ...actionOf(before, first).edited(fields),
    };
    const after = await decide(call);
    await closeOf(after);
    if (after.kind === "ask") return { call, ask: after };
    return after.kind === "deny" ? (after.text.split("\n")[0] ?? "") : "The changed request needs no approval.";
  };

export function createEdit(deps: EditDeps) {
  const redecide = createRedecide(deps);

  const replace = async (proven: ProvenClick, made: { call: Call; ask: Ask }, fields: string[]): Promise<Answered> => {
    const { record, voter } = proven;
    const id = deps.newId();
    const request = replacementOf(record, made.ask, {
      id,
      call: made.call,
      editor: voter,
      fields,
      sha256: deps.sha256,
    });
    const detail = { replaces: record.id, fields: fields.join(" ").slice(0, 500) };
    const replaced = await deps.replaceApproval({
      replaces: record.id,
      request,
      told: {
        audit: auditOf(request, { event: "approval.edited", decision: "pending", by: actorOf(proven), detail }),
        outbox: [cardPromise(record, "rejected"), cardPromise(request, "pending")],
      },
    });
    deps.wakeCards();
    if (replaced.kind === "unavailable" || replaced.kind === "overloaded") return again(replaced.kind);
    return replaced.kind === "created" ? answered({ kind: "replaced", id }) : settledAs(deps, record.id);
  };

  return async (proven: ProvenClick, text: string, say: Say): Promise<Answered> => {
    const { record, voter } = proven;
    const { presentation, requesters } = meaningOf(record);
    const given = parseFields(text) ?? {};
    const changed = Object.keys(given).filter((name) => given[name] !== presentation.editable[name]);
    const isForeign = Object.keys(given).some((name) => presentation.editable[name] === undefined);
    if (isForeign || changed.length === 0) return say("edit", "Nothing that can be changed was changed.");
    const resolved = await callerOf(deps, record);
    if (resolved.kind === "refused") return say("edit", "The conversation of this request cannot act now.");
    const { caller } = resolved;
    const { policy } = deps.policyFor(record, caller);
    const judged = await deps.voters.judge(voter, { policy: { ...policy, selfApproval: true }, requesters });
    const refused = unlessAllowed(judged, say);
    if (refused !== undefined) return refused;
    const made = await redecide(record, caller, given);
    return typeof made === "string" ? say("edit", `The change was refused: ${made}`) : replace(proven, made, changed);
  };
}
export type Edit = ReturnType<typeof createEdit>;
