/** A press of a button becomes a durable row before it is acknowledged; what it asks for happens later, once. */
import { actionButtonMessage, parseActionButton, type ActionButton } from "@thor/domain/action-button";
import { controlStream } from "@thor/domain/outbox";
import type { Ledger } from "@thor/ledger/port";

import { formButtonOf, isAnswerForm } from "../../core/slack/click/answer-form.ts";
import { askedBy, isApprovalForm } from "../../core/slack/click/approval.ts";
import { isControlButton, judgeClick, type ButtonHome } from "../../core/slack/click/judge.ts";
import type { Interaction, Press } from "../../core/slack/click/payload.ts";
import { isOurTeam } from "../../core/slack/screen.ts";
import { createEnds, type Clicked, type EndsDeps } from "./click-ends.ts";
import { createPressAnswer, type PressAnswerDeps } from "./press-answer.ts";
import { createPressApproval, type PressApprovalDeps } from "./press-approval.ts";
import type { IdentityState } from "./receive.ts";

export interface ClickDeps extends EndsDeps, PressAnswerDeps, Pick<Ledger, "progressOf" | "triggerById"> {
  identity: () => IdentityState;
  approvals: PressApprovalDeps;
}

/** The recorded message that a button belongs to. */
const createHomeOf =
  (deps: Pick<ClickDeps, "cardById" | "triggerById" | "progressOf">) =>
  async ({ kind, refId }: ActionButton): Promise<ButtonHome | undefined> => {
    if (kind === "card") {
      const card = await deps.cardById({ id: refId });
      return card === undefined ? undefined : { ...card, isOpen: card.state === "open" };
    }
    const [run, message] = await Promise.all([
      deps.triggerById({ triggerId: refId }),
      deps.progressOf({ triggerId: refId }),
    ]);
    if (run === undefined || message === undefined) return undefined;
    const { channel, messageTs } = message;
    return { anchorId: run.anchorId, triggerId: run.id, channel, messageTs, isOpen: message.state === "live" };
  };

function teamOf(interaction: Exclude<Interaction, { kind: "unreadable" }>): { team: string | undefined; type: string } {
  switch (interaction.kind) {
    case "press":
      return { team: interaction.press.team, type: "block_actions" };
    case "form":
      return { team: interaction.form.team, type: "view_submission" };
    case "other":
      return { team: interaction.team, type: interaction.interactionType };
  }
}

export function createClick(deps: ClickDeps) {
  const homeOf = createHomeOf(deps);
  const ends = createEnds(deps);
  const { refuse, record } = ends;
  const approvals = createPressApproval(deps.approvals, ends);
  const answers = createPressAnswer(deps, ends);

  const control = async (press: Press, clickId: string): Promise<Clicked> => {
    const read = parseActionButton(press.value);
    if (read === undefined) return refuse(press, "signature", clickId);
    const { button, signature } = read;
    const isSigned = deps.isSigned(actionButtonMessage(button, press), signature);
    const home = isSigned ? await homeOf(button) : undefined;
    const judged = judgeClick(press, button, { nowMs: deps.clock.now(), isSigned, home, clickId });
    if (judged.kind === "refused" || home === undefined)
      return refuse(press, judged.kind === "refused" ? judged.why : "other_message", clickId);
    const { request } = judged;
    const { anchorId, triggerId } = home;
    const row = {
      kind: request.kind,
      stream: controlStream(anchorId),
      dedupeKey: `click:${clickId}`,
      payload: request,
    };
    const promise = { ...row, anchorId, ...(triggerId === undefined ? {} : { triggerId }) };
    const form = formButtonOf(press.actionId);
    return form === undefined ? record(press, promise) : answers.press({ press, button, form, row: promise });
  };

  const pressed = async (press: Press): Promise<Clicked> => {
    const { team, channel, messageTs, user, actionId, actionTs } = press;
    const clickId = deps.digest([team, channel, messageTs, user, actionId, actionTs].join("\n"));
    if (isControlButton(actionId)) return control(press, clickId);
    if (askedBy(actionId) !== undefined) return approvals.press(press, clickId);
    return { kind: "ignored", interactionType: "block_actions" };
  };

  /** Handles one interaction whose sender is proven. */
  return async (interaction: Interaction): Promise<Clicked> => {
    if (interaction.kind === "unreadable") return { kind: "unreadable" };
    const identity = deps.identity();
    if (identity.kind !== "known") return { kind: "not_ready", error: "slack_not_ready" };
    const from = teamOf(interaction);
    deps.log.info({ event: "interactivity_received", interactionType: from.type }, "interaction received");
    if (from.team === undefined || !isOurTeam({ teamIds: [from.team] }, identity.me))
      return { kind: "ignored", interactionType: from.type, reason: "team_mismatch" };
    switch (interaction.kind) {
      case "press":
        return pressed(interaction.press);
      case "form":
        if (isApprovalForm(interaction.form.callbackId)) return approvals.form(interaction.form);
        if (isAnswerForm(interaction.form.callbackId)) return answers.form(interaction.form);
        return { kind: "ignored", interactionType: from.type };
      case "other":
        return { kind: "ignored", interactionType: from.type };
    }
  };
}
export type Click = ReturnType<typeof createClick>;
