/** Presses and forms of approvals: recorded first; a form that opens takes the press back, because what it brings counts. */
import {
  APPROVAL_ACTIONS,
  approvalButtonMessage,
  formatApprovalValue,
  parseApprovalValue,
  type ApprovalAction,
  type ApprovalButtonFacts,
} from "@thor/domain/approval";
import { clickStream, type ApprovalClick } from "@thor/domain/outbox";
import type { Clock } from "@thor/kit/flow/clock";
import type { Ledger } from "@thor/ledger/port";

import {
  askedBy,
  type Asked,
  decisionOfForm,
  decisionOfPress,
  formFor,
  type ApprovalForm,
} from "../../core/slack/click/approval.ts";
import type { FilledForm, Press } from "../../core/slack/click/payload.ts";
import type { Clicked, Ends } from "./click-ends.ts";
import { FORM_MS, type OpenLater } from "./open-form.ts";

export interface PressApprovalDeps extends Pick<Ledger, "approvalById"> {
  clock: Clock;
  digest: (text: string) => string;
  isSigned: (message: string, signature: string) => boolean;
  sign: (message: string) => string;
  openLater: OpenLater;
}

const BUTTONS: Partial<Record<string, ApprovalAction>> = { approved: "approve", rejected: "reject", edit: "edit" };

/** The form of a press whose value was proven here, ready for Slack; nobody gets a signed form for a forged button. */
function createViewFor(deps: Pick<PressApprovalDeps, "approvalById" | "isSigned" | "sign">) {
  const sealed = ({ action, view }: ApprovalForm, facts: ApprovalButtonFacts) => ({
    type: "modal",
    callback_id: APPROVAL_ACTIONS[action],
    private_metadata: formatApprovalValue(facts, deps.sign(approvalButtonMessage(action, facts))),
    ...view,
  });
  return async (press: Press, asked: Asked): Promise<object | undefined> => {
    const value = parseApprovalValue(press.value);
    const button = BUTTONS[asked];
    if (value === undefined || button === undefined || press.opener === undefined) return undefined;
    const approval = await deps.approvalById({ id: value.id });
    const isHere = approval?.channel === press.channel && approval.messageTs === press.messageTs;
    if (!isHere || approval.state !== "pending") return undefined;
    const form = formFor(asked, approval);
    const facts = { ...approval, team: press.team };
    return form === undefined || !deps.isSigned(approvalButtonMessage(button, facts), value.sig)
      ? undefined
      : sealed(form, facts);
  };
}

export function createPressApproval(deps: PressApprovalDeps, { record, refuse }: Ends) {
  const viewFor = createViewFor(deps);

  const { openLater } = deps;

  const press = async (pressed: Press, clickId: string): Promise<Clicked> => {
    const asked = askedBy(pressed.actionId);
    const decision = asked === undefined ? undefined : decisionOfPress(pressed, asked, clickId);
    if (asked === undefined || decision === undefined) return refuse(pressed, "signature", clickId);
    const view = await viewFor(pressed, asked);
    const { opener = "", channel, threadTs, team, messageTs, actionId } = pressed;
    if (asked === "edit") {
      if (view === undefined) return refuse(pressed, "closed", clickId);
      openLater(opener, view);
      return { kind: "ignored", interactionType: "block_actions", reason: "form_opened" };
    }
    const payload: ApprovalClick = { kind: "approval.click", decision, channel, threadTs };
    const recorded = await record(
      { team, channel, messageTs, actionId },
      {
        kind: payload.kind,
        stream: clickStream(decision.args[1]),
        dedupeKey: `click:${clickId}`,
        payload,
        ...(view === undefined ? {} : { notBefore: deps.clock.now() + FORM_MS }),
      },
    );
    if (view !== undefined && recorded.kind === "recorded" && recorded.isNew) openLater(opener, view, recorded.id);
    return recorded;
  };

  const form = async (filled: FilledForm): Promise<Clicked> => {
    const { team, user, viewId, callbackId, metadata } = filled;
    const approval = await deps.approvalById({ id: parseApprovalValue(metadata)?.id ?? "" });
    const clickId = deps.digest([team, user, callbackId, viewId].join("\n"));
    const place = { channel: approval?.channel ?? "", messageTs: approval?.messageTs ?? "", clickId };
    const decision = approval === undefined ? undefined : decisionOfForm(filled, place);
    if (approval === undefined || decision === undefined)
      return { kind: "ignored", interactionType: "view_submission", reason: "signature" };
    const { channel, threadTs } = approval;
    const payload: ApprovalClick = { kind: "approval.click", decision, channel, threadTs };
    const row = { kind: payload.kind, stream: clickStream(approval.id), dedupeKey: `click:${clickId}`, payload };
    const recorded = await record({ team, channel, messageTs: place.messageTs, actionId: callbackId }, row);
    return recorded.kind === "recorded" ? { kind: "submitted" } : recorded;
  };

  return { press, form };
}
