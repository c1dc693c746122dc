/** Presses that open a form on a card: the form counts, and a no counts by itself when its form cannot open. */
import {
  ACTION_FORMS,
  actionButtonMessage,
  formatActionButton,
  parseActionButton,
  type ActionButton,
  type FormButton,
} from "@thor/domain/action-button";
import { controlStream, type ControlRequest } from "@thor/domain/outbox";
import type { NewPromise } from "@thor/domain/queue";
import type { Clock } from "@thor/kit/flow/clock";
import type { Ledger } from "@thor/ledger/port";

import { answerForm, wordsOf } from "../../core/slack/click/answer-form.ts";
import type { FilledForm, Press } from "../../core/slack/click/payload.ts";
import type { Clicked, Ends } from "./click-ends.ts";
import { FORM_MS, type OpenLater } from "./open-form.ts";

export interface PressAnswerDeps extends Pick<Ledger, "cardById"> {
  clock: Clock;
  digest: (text: string) => string;
  isSigned: (message: string, signature: string) => boolean;
  sign: (message: string) => string;
  openLater: OpenLater;
}

interface FormPress {
  press: Press;
  button: ActionButton;
  form: FormButton;
  /** What the press alone would record. */
  row: NewPromise;
}

export function createPressAnswer(deps: PressAnswerDeps, { record }: Ends) {
  const viewFor = ({ press, button, form }: FormPress) => {
    const callbackId = ACTION_FORMS[form];
    const message = actionButtonMessage(button, { ...press, actionId: callbackId });
    const value = formatActionButton(button, deps.sign(message));
    return { type: "modal", callback_id: callbackId, private_metadata: value, ...answerForm(form) };
  };

  /** A press that was proven: words of one's own are nothing yet, a no is one already. */
  const press = async (pressed: FormPress): Promise<Clicked> => {
    const { press: at, form, row } = pressed;
    const { opener } = at;
    if (form === "thor_other") {
      if (opener !== undefined) deps.openLater(opener, viewFor(pressed));
      return { kind: "ignored", interactionType: "block_actions", reason: "form_opened" };
    }
    if (opener === undefined) return record(at, row);
    const recorded = await record(at, { ...row, notBefore: deps.clock.now() + FORM_MS });
    if (recorded.kind === "recorded" && recorded.isNew) deps.openLater(opener, viewFor(pressed), recorded.id);
    return recorded;
  };

  const form = async (filled: FilledForm): Promise<Clicked> => {
    const { team, user, viewId, callbackId, metadata } = filled;
    const refused: Clicked = { kind: "ignored", interactionType: "view_submission", reason: "signature" };
    const read = parseActionButton(metadata);
    const card = read === undefined ? undefined : await deps.cardById({ id: read.button.refId });
    if (read === undefined || card === undefined) return refused;
    const { button, signature } = read;
    const { channel, threadTs, messageTs = "", anchorId, triggerId } = card;
    const message = actionButtonMessage(button, { actionId: callbackId, team, channel, threadTs });
    if (!deps.isSigned(message, signature) || button.expires * 1000 <= deps.clock.now()) return refused;
    const clickId = deps.digest([team, user, callbackId, viewId].join("\n"));
    const words = wordsOf(filled);
    const payload: ControlRequest = {
      kind: "control.answer",
      by: { kind: "slack", id: user },
      via: "button",
      clickId,
      channel,
      threadTs,
      messageTs,
      cardId: card.id,
      choice: button.arg,
      ...(triggerId === undefined ? {} : { triggerId }),
      ...(words === undefined ? {} : { text: words }),
    };
    const row = { kind: payload.kind, stream: controlStream(anchorId), dedupeKey: `click:${clickId}`, payload };
    const about = { anchorId, ...(triggerId === undefined ? {} : { triggerId }) };
    const recorded = await record({ team, channel, messageTs, actionId: callbackId }, { ...row, ...about });
    return recorded.kind === "recorded" ? { kind: "submitted" } : recorded;
  };

  return { press, form };
}
