/** What operators do about decisions: decide like anybody else, revoke a grant, note what an unknown end really was. */
import type { ApprovalSteered, ApprovalSteering } from "@thor/domain/approval";
import { type ApprovalClick, clickStream } from "@thor/domain/outbox";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";
import type { Ledger } from "@thor/ledger/port";

import type { Decider } from "../../core/eligibility.ts";
import { detailsOf } from "../pages/approvals.ts";
import { type Action, type Done, doneOf, one, type ProofOf, reasonOf, type Wish } from "./action.ts";

export interface ApprovalDeps extends Pick<Ledger, "approvalById" | "enqueueOutbox" | "grantById" | "revokeGrant"> {
  /** Has remote-cli settle, withdraw or repost a request; it writes the evidence and tells the conversation. */
  steer: (steering: ApprovalSteering) => Promise<JsonAnswer<ApprovalSteered>>;
  newId: () => string;
  deciderOf: (email: string) => Promise<Decider>;
}

const idIn = ({ params }: Wish) => params["approvalId"] ?? "";
const back = (wish: Wish) => `/admin/approvals/${idIn(wish)}`;
const toGrants = () => "/admin/approvals?tab=grants";
const CHANGED = "The content changed after your page was drawn. Look at what would run now before you decide.";

type Approval = NonNullable<Awaited<ReturnType<Ledger["approvalById"]>>>;

/** A decision goes the way of a press in Slack: the same policy, the same card, the same record. */
function clickOf(row: Approval, wish: Wish, { slackId, id }: { slackId: string; id: string }): ApprovalClick {
  const decision = one(wish.fields, "decision") === "approved" ? ("approved" as const) : ("rejected" as const);
  const reason = reasonOf(wish.fields);
  const { argsSha256: args, contextSha256: context, channel, threadTs } = row;
  return {
    kind: "approval.click",
    decision: {
      args:
        reason === undefined ? ["resolve", row.id, decision, slackId] : ["resolve", row.id, decision, slackId, reason],
      click: { via: "admin", id, fingerprint: { args, context } },
    },
    channel,
    threadTs,
  };
}

function createDecide(deps: ApprovalDeps) {
  return async (wish: Wish, proof: ProofOf): Promise<Done> => {
    const row = await deps.approvalById({ id: idIn(wish) });
    if (row === undefined) return { kind: "unknown" };
    const isSame = one(wish.fields, "args") === row.argsSha256 && one(wish.fields, "context") === row.contextSha256;
    if (!isSame) return { kind: "stale", text: CHANGED };
    if (row.state !== "pending") {
      const [by] = row.votes.toReversed();
      return {
        kind: "stale",
        text: `It is ${row.state} already${by === undefined ? "" : `: ${by.voter} ${by.decision} it`}.`,
      };
    }
    const decider = await deps.deciderOf(wish.email);
    const { barred } = detailsOf(row, decider);
    const { slackId } = decider;
    if (barred !== undefined || slackId === undefined)
      return { kind: "refused", text: barred ?? "You may not decide." };
    const id = `admin:${deps.newId()}`;
    const payload = clickOf(row, wish, { slackId, id });
    const promise = {
      kind: payload.kind,
      stream: clickStream(row.id),
      dedupeKey: `click:${id}`,
      payload,
      anchorId: row.anchorId,
    };
    const proven = proof({
      target: row.id,
      anchorId: row.anchorId,
      detail: { decision: payload.decision.args[2] ?? "" },
    });
    return doneOf(
      await deps.enqueueOutbox(promise, proven),
      "Your decision is on its way. This page shows when it counts.",
    );
  };
}

const AWAY = "remote-cli did not answer, so nothing was done. Try again when it is back.";

const createSteered =
  ({ steer }: ApprovalDeps) =>
  async (steering: ApprovalSteering, text: string): Promise<Done> => {
    const answer = await steer(steering);
    if (answer.kind !== "ok") return { kind: "refused", text: AWAY };
    return answer.body.kind === "refused" ? { kind: "stale", text: answer.body.text } : { kind: "done", text };
  };

function steeringActions(deps: ApprovalDeps): Action[] {
  const steered = createSteered(deps);
  return [
    {
      path: "/approvals/:approvalId/settle",
      event: "admin.approval.settle",
      back,
      confirm: async (wish) => ({
        title: one(wish.fields, "happened") === "1" ? "It happened" : "It did not happen",
        effect:
          "Your word is kept beside the request, which stays failed, and the agent is told; it is not tried again.",
        button: "Note it",
        needsReason: true,
      }),
      run: (wish) => {
        const [happened, reason] = [one(wish.fields, "happened") === "1", reasonOf(wish.fields) ?? ""];
        return steered({ act: "settle", id: idIn(wish), happened, by: wish.email, reason }, "Noted.");
      },
    },
    {
      path: "/approvals/:approvalId/withdraw",
      event: "admin.approval.withdraw",
      back,
      confirm: async () => ({
        title: "Withdraw a request",
        effect: "Nobody can approve it any more, its card says so, and the agent is told.",
        button: "Withdraw it",
        needsReason: true,
      }),
      run: (wish) =>
        steered({ act: "withdraw", id: idIn(wish), by: wish.email, reason: reasonOf(wish.fields) }, "It is withdrawn."),
    },
    {
      path: "/approvals/:approvalId/repost",
      event: "admin.approval.repost",
      back,
      run: (wish) =>
        steered(
          { act: "repost", id: idIn(wish), by: wish.email },
          "A new card is on its way; the buttons of the old one end.",
        ),
    },
  ];
}

function decisionActions(deps: ApprovalDeps): Action[] {
  return [
    {
      path: "/approvals/:approvalId/decide",
      event: "admin.approval.decide",
      back,
      confirm: async (wish) =>
        one(wish.fields, "decision") === "approved"
          ? { title: "Approve", effect: "It runs once, exactly as shown.", button: "Approve", needsReason: false }
          : {
              title: "Reject",
              effect: "It does not run, and the agent is told why.",
              button: "Reject",
              needsReason: true,
            },
      run: createDecide(deps),
    },
    ...steeringActions(deps),
  ];
}

/** Every act on decisions and grants. */
export const approvalActions = (deps: ApprovalDeps): Action[] => [
  ...decisionActions(deps),
  {
    path: "/grants/:grantId/revoke",
    event: "admin.grant.revoke",
    back: toGrants,
    confirm: async () => ({
      title: "Revoke a grant",
      effect: "The next call of this tool asks a person again.",
      button: "Revoke it",
      needsReason: true,
    }),
    run: async (wish, proof) => {
      const id = wish.params["grantId"] ?? "";
      const grant = await deps.grantById({ id });
      if (grant === undefined) return { kind: "unknown" };
      const audit = { ...proof({ target: id }), decision: "done" };
      const outcome = await deps.revokeGrant({
        id,
        by: wish.email,
        reason: reasonOf(wish.fields) ?? "",
        told: { audit },
      });
      return doneOf(outcome, "Revoked: the next call asks a person.");
    },
  },
];
