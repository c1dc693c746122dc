/** What a press on an approval's card asks for, which form it opens first, and what a filled form says. */
import {
  APPROVAL_ACTIONS,
  ApprovalPolicyShown,
  ApprovalPresentation,
  parseApprovalValue,
  type ApprovalAction,
  type ApprovalClickProof,
  type ApprovalDecision,
} from "@thor/domain/approval";
import type { Json } from "@thor/domain/json";

import { input, plain } from "./form.ts";
import type { FilledForm, Press } from "./payload.ts";

export type Asked = "approved" | "rejected" | "more" | "edit" | "revoke";

const BY_BUTTON = new Map<string, Asked>([
  [APPROVAL_ACTIONS.approve, "approved"],
  [APPROVAL_ACTIONS.reject, "rejected"],
  [APPROVAL_ACTIONS.edit, "edit"],
  [APPROVAL_ACTIONS.revoke, "revoke"],
  ["approval_more", "more"],
]);
const BY_FORM = new Map<string, Asked>([
  [APPROVAL_ACTIONS.approveForm, "approved"],
  [APPROVAL_ACTIONS.rejectForm, "rejected"],
  [APPROVAL_ACTIONS.editForm, "edit"],
]);

/** What a button of an approval's card asks for; undefined for any other button. */
export const askedBy = (actionId: string) => BY_BUTTON.get(actionId);
/** Whether a form is one of those that approvals open. */
export const isApprovalForm = (callbackId: string) => BY_FORM.has(callbackId);

const REASON = "reason";
const MAX_REASON = 1000;

function decide(
  asked: Asked,
  {
    id,
    user,
    click,
    fields = {},
  }: { id: string; user: string; click: ApprovalClickProof; fields?: FilledForm["fields"] },
): ApprovalDecision {
  const reason = fields[REASON]?.trim() ?? "";
  switch (asked) {
    case "approved":
    case "rejected":
      return { args: reason === "" ? ["resolve", id, asked, user] : ["resolve", id, asked, user, reason], click };
    case "edit":
      return { args: ["edit", id, user, JSON.stringify(fields)], click };
    case "more":
    case "revoke":
      return { args: [asked, id, user], click };
  }
}

/** The decision that a press is; undefined when the button carries no value of an approval. Nothing is proven here. */
export function decisionOfPress(press: Press, asked: Asked, clickId: string): ApprovalDecision | undefined {
  const value = parseApprovalValue(press.value);
  if (value === undefined) return undefined;
  const { team, channel, messageTs, user } = press;
  const click: ApprovalClickProof = { via: "slack", id: clickId, team, channel, messageTs, sig: value.sig };
  return decide(asked, { id: value.id, user, click });
}

/** The decision that a filled form is, made where its card stands. */
export function decisionOfForm(
  form: FilledForm,
  { channel, messageTs, clickId }: { channel: string; messageTs: string; clickId: string },
): ApprovalDecision | undefined {
  const value = parseApprovalValue(form.metadata);
  const asked = BY_FORM.get(form.callbackId);
  if (value === undefined || asked === undefined) return undefined;
  const { team, user, fields } = form;
  const click: ApprovalClickProof = { via: "slack", id: clickId, team, channel, messageTs, sig: value.sig };
  return decide(asked, { id: value.id, user, click, fields });
}

export interface ApprovalForm {
  action: ApprovalAction;
  /** Slack's view without the value that proves it. */
  view: { title: object; submit: object; blocks: object[] };
}

const reasonForm = (action: ApprovalAction, { word, isOptional }: { word: string; isOptional: boolean }) => ({
  action,
  view: {
    title: plain(`${word} this request`),
    submit: plain(word),
    blocks: [input(REASON, "Reason", { optional: isOptional, max: MAX_REASON })],
  },
});

/** The form that must be filled in before this press counts; undefined when the press alone is enough. */
export function formFor(asked: Asked, shown: { policy: Json; presentation: Json }): ApprovalForm | undefined {
  const { requireReason = "never" } = ApprovalPolicyShown.safeParse(shown.policy).data ?? {};
  if (asked === "rejected") return reasonForm("rejectForm", { word: "Reject", isOptional: requireReason === "never" });
  if (asked === "approved" && requireReason === "always")
    return reasonForm("approveForm", { word: "Approve", isOptional: false });
  const { editable = {} } = ApprovalPresentation.safeParse(shown.presentation).data ?? {};
  const texts = Object.entries(editable);
  if (asked !== "edit" || texts.length === 0) return undefined;
  const blocks = texts.map(([name, initial]) => input(name, name, { initial, max: 3000 }));
  return { action: "editForm", view: { title: plain("Edit this request"), submit: plain("Save"), blocks } };
}
