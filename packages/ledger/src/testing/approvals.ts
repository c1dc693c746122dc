/** Builders of requests for a human's yes. */
import type { Ledger } from "../port.ts";

export const proof = (event: string) => ({
  audit: { service: "test", event, actorKind: "slack" as const, actor: "U1", target: "a1", decision: "done" },
});

/** A pending request in a conversation. */
export async function askApproval(
  ledger: Pick<Ledger, "createApproval">,
  ids: { id: string; anchorId: string; triggerId?: string; expiresAt: number },
) {
  const request = {
    ...ids,
    store: "gh",
    tool: "ghIssueCreate",
    targetKey: "thor/thor",
    args: { title: ids.id },
    argsSha256: `args-${ids.id}`,
    contextSha256: "context",
    authoredArgs: {},
    injected: {},
    presentation: {},
    requesters: ["U1"],
    rule: "default",
    policy: {},
    sessionId: "ses_1",
    channel: "C1",
    threadTs: "1.1",
  };
  const card = { kind: "approval.card", stream: `approval:${ids.id}`, dedupeKey: `card:${ids.id}`, payload: {} };
  return ledger.createApproval({ request, maxPending: 10, told: { ...proof("approval.created"), outbox: [card] } });
}

/** One person's yes or no. */
export const vote = (
  id: string,
  voter: string,
  given: { decision?: "approved" | "rejected"; quorum?: number } = {},
) => ({
  id,
  voter,
  decision: given.decision ?? ("approved" as const),
  clickId: `${id}-${voter}`,
  via: "slack" as const,
  quorum: given.quorum ?? 1,
  eligible: ["U1", "U2", "U3"],
  told: proof("approval.vote"),
});

/** The start of an execution, with the fingerprint of the request. */
export const begin = (id: string, fence = 1, quorum = 1) => ({
  id,
  fence,
  argsSha256: `args-${id}`,
  contextSha256: "context",
  quorum,
  eligible: ["U1", "U2", "U3"],
  told: proof("approval.executing"),
});
