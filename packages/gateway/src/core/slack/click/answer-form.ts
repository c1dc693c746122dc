/** The forms behind a card's buttons: words of one's own to a question, and the reason of a no. */
import { ACTION_FORMS, type FormButton } from "@thor/domain/action-button";

import { input, plain } from "./form.ts";
import type { FilledForm } from "./payload.ts";

const FIELD = "words";
const MAX_WORDS = 3000;
const MAX_REASON = 1000;

/** The form button with this action id, if it is one. */
export const formButtonOf = (actionId: string): FormButton | undefined =>
  actionId === "thor_other" || actionId === "thor_reject" ? actionId : undefined;

/** Whether a form is one of those that cards open. */
export const isAnswerForm = (callbackId: string) => Object.values(ACTION_FORMS).some((form) => form === callbackId);

/** Slack's view without the value that proves it. */
export function answerForm(button: FormButton): { title: object; submit: object; blocks: object[] } {
  switch (button) {
    case "thor_other":
      return {
        title: plain("Your answer"),
        submit: plain("Answer"),
        blocks: [input(FIELD, "In your own words", { max: MAX_WORDS })],
      };
    case "thor_reject":
      return {
        title: plain("Reject this"),
        submit: plain("Reject"),
        blocks: [input(FIELD, "Reason, which the agent hears", { optional: true, max: MAX_REASON })],
      };
  }
}

/** What was written into the form; undefined when nothing was. */
export function wordsOf({ fields }: FilledForm): string | undefined {
  const words = fields[FIELD]?.trim() ?? "";
  return words === "" ? undefined : words;
}
