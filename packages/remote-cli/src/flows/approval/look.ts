/** `approval` for the agent: its own conversation's requests, and withdrawing one. */
import type { Approval, Grant, Ledger } from "@thor/ledger/port";

import { statusOf } from "../../core/approval/ending.ts";
import { auditOf, cardPromise } from "../../core/approval/told.ts";
import type { Call, Decision, Outcome, Sink } from "../../core/call.ts";
import { asksOnlyHelp } from "../../core/grammar/words.ts";

export interface LookDeps extends Pick<Ledger, "approvalById" | "listApprovals" | "activeGrants" | "closeApproval"> {
  now: () => number;
  wakeCards: () => void;
}

const SHOWN = 50;
const READ = 200;
/** Sub-commands by their number of words. */
const WORDS: ReadonlyMap<string, number> = new Map([
  ["list", 1],
  ["status", 2],
  ["cancel", 2],
]);
const USAGE = "usage: approval list | approval status <id> | approval cancel <id>\n";
/** One text for what is not there and for what belongs to others. */
const UNKNOWN = "No such approval in this conversation";

const pretty = (value: unknown) => `${JSON.stringify(value, undefined, 2)}\n`;
const iso = (ms: number) => new Date(ms).toISOString();

function shownRecord(record: Approval) {
  const { id, state, why, reason, store, tool, targetKey, args, sideEffect, result, error, replaces, replacedBy } =
    record;
  const votes = record.votes.map(({ voter, decision, reason: said }) => ({ voter, decision, reason: said }));
  return {
    actionId: id,
    status: statusOf(state),
    state,
    why,
    reason,
    store,
    tool,
    targetKey,
    args,
    createdAt: iso(record.createdAt),
    expiresAt: iso(record.expiresAt),
    votes,
    ...(record.finishedAt === undefined ? {} : { finishedAt: iso(record.finishedAt), sideEffect, result, error }),
    replaces,
    replaced_by: replacedBy,
  };
}

function shownLine({ id, state, store, tool, createdAt, expiresAt }: Approval) {
  const times = { createdAt: iso(createdAt), expiresAt: iso(expiresAt) };
  return { actionId: id, status: statusOf(state), state, store, tool, ...times };
}

const shownGrant = ({ store, tool, createdBy, uses, maxUses, expiresAt }: Grant) => ({
  store,
  tool,
  createdBy,
  uses,
  maxUses,
  expiresAt: iso(expiresAt),
});

const isPending = ({ state }: Approval) => (state === "pending" ? 0 : 1);

export function createLook(deps: LookDeps) {
  const list = async (anchorId: string): Promise<string> => {
    const [{ rows }, grants] = await Promise.all([
      deps.listApprovals({ anchorId, limit: READ }),
      deps.activeGrants({ now: deps.now(), scopeKey: anchorId }),
    ]);
    const sorted = rows.toSorted((a, b) => isPending(a) - isPending(b)).slice(0, SHOWN);
    return pretty({ approvals: sorted.map(shownLine), grants: grants.map(shownGrant) });
  };

  const withdraw = async (record: Approval, sessionId: string): Promise<string> => {
    const by = { kind: "agent" as const, id: sessionId };
    const closed = await deps.closeApproval({
      id: record.id,
      fence: record.fence,
      state: "rejected",
      why: "withdrawn",
      told: {
        audit: auditOf(record, { event: "approval.decided", decision: "rejected", by, reason: "withdrawn" }),
        outbox: [cardPromise(record, "rejected")],
      },
    });
    deps.wakeCards();
    return closed.kind === "closed" ? "withdrawn\n" : "it is no longer pending\n";
  };

  return async (call: Call): Promise<Decision> => {
    const { caller, args } = call;
    const [verb = "", id = ""] = args;
    const isKnown = WORDS.get(verb) === args.length;
    if (asksOnlyHelp(args)) return { kind: "answer", stdout: USAGE, target: { commandId: "help" } };
    const target = { commandId: `approval.${isKnown ? verb : "unknown"}` };
    if (!isKnown) return { kind: "deny", rule: "approval.usage", text: USAGE, target };
    if (caller.kind !== "session") return { kind: "deny", rule: "caller", text: UNKNOWN, target };
    if (verb === "list") return { kind: "answer", stdout: await list(caller.anchorId), target };
    const record = await deps.approvalById({ id });
    if (record?.anchorId !== caller.anchorId) return { kind: "deny", rule: "approval.unknown", text: UNKNOWN, target };
    if (verb === "status") return { kind: "answer", stdout: pretty(shownRecord(record)), target };
    const execute = async (_signal: AbortSignal, sink: Sink): Promise<Outcome> => {
      sink("stdout", await withdraw(record, caller.sessionId));
      return { stdout: "", stderr: "", exitCode: 0, ended: "exit" };
    };
    return { kind: "run", target: { ...target, object: id }, canonical: args, execute, close: () => Promise.resolve() };
  };
}
