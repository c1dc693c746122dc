/** What is written together with each step of a request: its proof, its card, and what the conversation hears. */
import { NO_THREAD, type ApprovalOutcome } from "@thor/domain/approval";
import { slackThreadKey } from "@thor/domain/correlation-key";

export interface Subject {
  id: string;
  store: string;
  tool: string;
  targetKey: string;
  anchorId: string;
  sessionId: string;
  triggerId?: string | undefined;
  channel: string;
  threadTs: string;
  rule: string;
  argsSha256: string;
}
export interface Step {
  event: string;
  decision:
    | "pending"
    | "approved"
    | "rejected"
    | "executed"
    | "failed"
    | "expired"
    | "blocked"
    | "allowed"
    | "used"
    | "revoked"
    | "settled"
    | "reposted";
  by: { kind: "slack" | "admin" | "agent" | "service"; id: string };
  reason?: string | undefined;
  detail?: Readonly<Record<string, string | number>> | undefined;
}

export function auditOf(subject: Subject, { event, decision, by, reason, detail }: Step) {
  const { anchorId, sessionId, triggerId, targetKey, tool, id, rule, argsSha256 } = subject;
  return {
    service: "remote-cli",
    event,
    actorKind: by.kind,
    actor: by.id,
    anchorId,
    sessionId,
    triggerId,
    target: `${targetKey} ${tool}`,
    decision,
    rule,
    reason,
    argsDigest: argsSha256,
    detail: { approval: id, ...detail },
  };
}

/** The promise that the card shows how the request stands; who keeps it reads the state then. */
export const cardPromise = ({ id, anchorId }: Pick<Subject, "id" | "anchorId">, tag: string) => ({
  kind: "approval.card",
  stream: `approval:${id}`,
  dedupeKey: `approval-card:${id}:${tag}`,
  payload: { kind: "approval.card", actionId: id },
  anchorId,
});

/** A card afresh: who keeps it posts anew, and takes the buttons off the old message. */
export const repostPromise = ({ id, anchorId }: Pick<Subject, "id" | "anchorId">, retires: string) => ({
  ...cardPromise({ id, anchorId }, `repost:${retires}`),
  payload: { kind: "approval.card", actionId: id, retires },
});

/** The one reminder, in a stream of its own so that nothing waits behind it. */
export const remindPromise = ({ id, anchorId }: Pick<Subject, "id" | "anchorId">, notBefore: number) => ({
  kind: "approval.remind",
  stream: `approval:${id}:remind`,
  dedupeKey: `approval-remind:${id}`,
  payload: { kind: "approval.remind", actionId: id },
  anchorId,
  notBefore,
});

/** The event that wakes the conversation, once however often it is written. */
export function outcomeEvent(subject: Subject, outcome: ApprovalOutcome, name: string = outcome.decision) {
  const { id, channel, threadTs } = subject;
  return {
    key: `approval-${id}-${name}`,
    correlationKey: threadTs === NO_THREAD ? `approval:${id}` : slackThreadKey(channel, threadTs),
    actors: {},
    refs: { actionId: id },
    payload: outcome,
  };
}
