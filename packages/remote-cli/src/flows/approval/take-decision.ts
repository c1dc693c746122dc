/** A decision as it arrives: whose button it was and on which message is proven before anything else is looked at. */
import {
  NO_THREAD,
  type ApprovalAction,
  type ApprovalButtonFacts,
  type ApprovalClickProof,
  type ApprovalDecision,
} from "@thor/domain/approval";
import type { Approval, Ledger } from "@thor/ledger/port";

import { approvalIdOf } from "../../core/approval/grant.ts";
import { meaningOf } from "../../core/approval/record.ts";
import type { DecideClick } from "./click/decide.ts";
import { again, answered, type Answered, type ProvenClick, type Say } from "./click/proven.ts";
import type { Edit } from "./edit.ts";
import type { PolicyFor, Ruled } from "./policy.ts";
import { callerOf, type RecheckDeps } from "./recheck.ts";
import type { Refuse } from "./refuse.ts";

export interface TakeDecisionDeps extends Pick<Ledger, "approvalById"> {
  now: () => number;
  pause: (ms: number) => Promise<void>;
  /** Which of these buttons a signature belongs to. */
  actionSigned: (
    among: readonly ApprovalAction[],
    facts: ApprovalButtonFacts,
    signature: string,
  ) => ApprovalAction | undefined;
  resolve: RecheckDeps["resolve"];
  policyFor: PolicyFor;
  decideClick: DecideClick;
  edit: Edit;
  revoke: (proven: ProvenClick, ruled: Ruled, say: Say) => Promise<Answered>;
  refuse: Refuse;
}

const PLACE_MS = 5000;
const POLL_MS = 50;

const BUTTONS = {
  approved: ["approve", "approveForm", "grant"],
  rejected: ["reject", "rejectForm", "withdraw"],
  more: ["withdraw", "grant"],
  edit: ["editForm"],
  revoke: ["revoke"],
} as const satisfies Record<string, readonly ApprovalAction[]>;

/** What is wanted, by whom, with which words; and the buttons that can say so. */
function wishOf({ args }: ApprovalDecision) {
  switch (args[0]) {
    case "resolve":
      return { id: args[1], voter: args[3], buttons: BUTTONS[args[2]], text: args[4] };
    case "edit":
      return { id: args[1], voter: args[2], buttons: BUTTONS.edit, text: args[3] };
    case "more":
    case "revoke":
      return { id: args[1], voter: args[2], buttons: BUTTONS[args[0]], text: undefined };
  }
}
type Wish = ReturnType<typeof wishOf>;

/** The button that was pressed, if the proof holds for this request. */
function provenAction(
  deps: TakeDecisionDeps,
  record: Approval,
  { wish, click }: { wish: Wish; click: ApprovalClickProof },
) {
  if (click.via === "admin") {
    const { args, context } = click.fingerprint;
    const isSame = args === record.argsSha256 && context === record.contextSha256;
    return isSame ? wish.buttons[0] : undefined;
  }
  if (click.channel !== record.channel) return undefined;
  const { store, argsSha256, contextSha256, channel, threadTs } = record;
  const facts = { id: wish.id, store, argsSha256, contextSha256, team: click.team, channel, threadTs };
  return deps.actionSigned(wish.buttons, facts, click.sig);
}

const FAULTS = {
  other_message: "This is not the card of the request: nothing was done.",
  expired: "This request has expired.",
  grants_off: "This tool is asked about every time.",
  decided: "This request has been decided already.",
} as const;

/** What is wrong with a proven click, whoever made it. */
function faultOf({ action, record, click }: ProvenClick, now: number): keyof typeof FAULTS | undefined {
  if (click.via === "slack" && record.messageTs !== click.messageTs) return "other_message";
  if (record.state === "pending" && record.expiresAt <= now) return "expired";
  if (action === "editForm" && record.state !== "pending") return "decided";
  return action === "grant" && meaningOf(record).presentation.alwaysAsk ? "grants_off" : undefined;
}

export function createTakeDecision(deps: TakeDecisionDeps) {
  /** The request once it is known which message shows it. */
  const placed = async (record: Approval): Promise<Approval | undefined> => {
    const until = deps.now() + PLACE_MS;
    let current: Approval | undefined = record;
    while (current?.messageTs === undefined && current?.state === "pending" && deps.now() < until) {
      await deps.pause(POLL_MS);
      current = await deps.approvalById({ id: record.id });
    }
    const isAwaited = current?.messageTs === undefined && current?.state === "pending";
    return isAwaited ? undefined : current;
  };

  const revoke = async (proven: ProvenClick, say: Say): Promise<Answered> => {
    const resolved = await callerOf(deps, proven.record);
    if (resolved.kind === "refused") return say("revoke", "The conversation of this permission cannot act now.");
    return deps.revoke(proven, deps.policyFor(proven.record, resolved.caller), say);
  };

  const act = async (proven: ProvenClick, text: string | undefined, say: Say): Promise<Answered> => {
    if (proven.action === "revoke") return revoke(proven, say);
    const record = proven.click.via === "admin" ? proven.record : await placed(proven.record);
    if (record === undefined) return again("the card is not confirmed yet");
    const current = { ...proven, record };
    const fault = faultOf(current, deps.now());
    if (fault !== undefined) return say(fault, FAULTS[fault]);
    return proven.action === "editForm" ? deps.edit(current, text ?? "", say) : deps.decideClick(current);
  };

  return async (decision: ApprovalDecision): Promise<Answered> => {
    const { click } = decision;
    const wish = wishOf(decision);
    const { voter } = wish;
    const record = await deps.approvalById({ id: approvalIdOf(wish.id) });
    const action = record === undefined ? undefined : provenAction(deps, record, { wish, click });
    if (record === undefined || action === undefined) {
      const text = "This button is not one of Thor's, or its request has changed: nothing was done.";
      return answered(await deps.refuse(record, { rule: "signature", text, voter, click }));
    }
    const say: Say = async (rule, text) => answered(await deps.refuse(record, { rule, text, voter, click }));
    const reason = decision.args[0] === "resolve" ? wish.text : undefined;
    return act({ action, record, voter, reason, click }, wish.text, say);
  };
}
export type TakeDecision = ReturnType<typeof createTakeDecision>;

/** The thread that words about a request belong to. */
export const threadOf = ({ threadTs, messageTs }: Pick<Approval, "threadTs" | "messageTs">) =>
  threadTs === NO_THREAD ? messageTs : threadTs;
