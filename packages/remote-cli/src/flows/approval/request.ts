/** Asks people for a yes: a frozen action, one card with everything on it, and an answer for the agent at once. */
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { Log } from "@thor/kit/flow/log";
import type { Approval, Ledger } from "@thor/ledger/port";

import { actionOf } from "../../core/approval/action.ts";
import { auditOf, cardPromise, remindPromise } from "../../core/approval/told.ts";
import { plainLine } from "../../core/approval/visible.ts";
import type { Action, Ask, Call, Caller, Outcome, Sink } from "../../core/call.ts";
import { requestOf, type NewRequest, type NewRequestDeps } from "./new-request.ts";
import type { PolicyFor, Ruled } from "./policy.ts";
import type { CardPlace, CardTarget } from "./target.ts";
import type { UseGrant } from "./use-grant.ts";

export interface RequestDeps extends Pick<Ledger, "createApproval" | "approvalById">, NewRequestDeps {
  log: Log;
  policyFor: PolicyFor;
  cardTarget: CardTarget;
  useGrant: UseGrant;
  pause: (ms: number) => Promise<void>;
  link: (anchorId: string, triggerId: string | undefined) => string;
  wakeCards: () => void;
}

const MAX_PENDING = 10;
const POST_MS = 20_000;
const POLL_MS = 50;
const MIN_REMIND_MS = 30 * 60_000;

type SessionCaller = Extract<Caller, { kind: "session" }>;

const told = (text: string, exitCode: 0 | 1): Outcome => ({
  stdout: exitCode === 0 ? text : "",
  stderr: exitCode === 0 ? "" : text,
  exitCode,
  ended: "exit",
});

/** A line in the conversation's thread when its card stands elsewhere. */
function pointer(request: NewRequest, { thread, link }: { thread: CardPlace | undefined; link: string }) {
  if (thread === undefined || thread.channel === request.channel) return [];
  const text = `:lock: Waiting for an approval in <#${request.channel}> · <${link}|View>`;
  const payload: OutboxPayload = { kind: "slack.post", ...thread, text };
  const stream = slackStream(thread.channel, thread.threadTs);
  return [
    { kind: payload.kind, stream, dedupeKey: `approval-pointer:${request.id}`, payload, anchorId: request.anchorId },
  ];
}

/** What the agent reads. */
function answerFor(record: Approval, card: "posted" | "queued", args: unknown): string {
  const shown = {
    type: "approval_required",
    actionId: record.id,
    proxyName: record.store,
    tool: record.tool,
    args,
    command: `approval status ${record.id}`,
    expiresAt: new Date(record.expiresAt).toISOString(),
    card,
  };
  return `${JSON.stringify(shown, undefined, 2)}\n`;
}

/** The card, a pointer to it where people read, and the reminder. */
function promisesOf(deps: RequestDeps, request: NewRequest, given: { ruled: Ruled; thread: CardPlace | undefined }) {
  const { policy } = given.ruled;
  const remindAt = deps.now() + policy.expiresAfterMs / 2;
  const link = deps.link(request.anchorId, request.triggerId);
  const isReminded = policy.remind && policy.expiresAfterMs >= MIN_REMIND_MS;
  return [
    cardPromise(request, "pending"),
    ...pointer(request, { thread: given.thread, link }),
    ...(isReminded ? [remindPromise(request, Math.round(remindAt))] : []),
  ];
}

/** Waits until people can see the request, and tells the agent how it stands. */
function createShow(deps: RequestDeps) {
  /** The request once its card stands, has failed, or is taking long. */
  const whenShown = async (id: string): Promise<Approval | undefined> => {
    const until = deps.now() + POST_MS;
    for (;;) {
      const record = await deps.approvalById({ id });
      const isSettled = record === undefined || record.messageTs !== undefined || record.state !== "pending";
      if (isSettled || deps.now() >= until) return record;
      await deps.pause(POLL_MS);
    }
  };

  return async (id: string, action: Action): Promise<Outcome> => {
    deps.wakeCards();
    const record = await whenShown(id);
    if (record === undefined) return told("the request is gone\n", 1);
    if (record.why === "post_failed")
      return told(`The approval could not be shown in Slack: ${plainLine(record.reason ?? "", 200)}\n`, 1);
    return told(answerFor(record, record.messageTs === undefined ? "queued" : "posted", action.args), 0);
  };
}

export function createRequestApproval(deps: RequestDeps) {
  const show = createShow(deps);

  const ask = async (call: Call, caller: SessionCaller, given: { ask: Ask; ruled: Ruled }): Promise<Outcome> => {
    const { card, thread } = await deps.cardTarget(caller.anchorId, given.ruled.policy);
    if (card === undefined)
      return told("There is no Slack thread for the approval, and approvals.defaults.channel is not set.\n", 1);
    const request = requestOf(deps, { call, caller, ...given, place: card });
    const by = { kind: "agent" as const, id: caller.sessionId };
    const created = await deps.createApproval({
      request,
      maxPending: MAX_PENDING,
      told: {
        audit: auditOf(request, { event: "approval.requested", decision: "pending", by }),
        outbox: promisesOf(deps, request, { ruled: given.ruled, thread }),
      },
    });
    switch (created.kind) {
      case "created":
        deps.log.info(
          { event: "exec_approval_requested", callId: call.id, approval: created.id },
          "approval requested",
        );
        return show(created.id, actionOf(given.ask, call));
      case "existing":
        return show(created.id, actionOf(given.ask, call));
      case "refused":
        return told(`There are ${MAX_PENDING} requests waiting already; wait for their decisions.\n`, 1);
      case "unavailable":
      case "overloaded":
        return told("the store is unavailable; try again\n", 1);
    }
  };

  return (call: Call, decided: Ask) =>
    async (signal: AbortSignal, sink: Sink): Promise<Outcome> => {
      const { caller } = call;
      if (caller.kind !== "session") return told("only a conversation can ask\n", 1);
      const ruled = deps.policyFor(actionOf(decided, call), caller);
      const granted = await deps.useGrant({ call, caller, ask: decided, ruled });
      const outcome = granted ?? (await ask(call, caller, { ask: decided, ruled }));
      if (outcome.stdout !== "") sink("stdout", outcome.stdout);
      if (outcome.stderr !== "") sink("stderr", outcome.stderr);
      return { ...outcome, ended: signal.aborted ? "cancelled" : outcome.ended };
    };
}
