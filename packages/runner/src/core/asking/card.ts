/** The words and buttons of a card that asks people something. */
import { cutText, stripInvisible } from "@thor/kit/pure/cut-text";
import { escapeMrkdwn } from "@thor/slack/pure/mrkdwn";

import type { Button, Said } from "../slack/said.ts";
import { answered, formatChoice, openQuestion, withOption, type Picked } from "./choice.ts";
import type { OpenRequest, Question } from "./request.ts";

const MAX_OPTIONS = 20;
const MAX_QUESTION = 1500;
const MAX_OPTION = 300;
const MAX_PATTERNS = 2500;
export const ALLOW = "once";
const REJECT = "reject";

const shown = (text: string, max: number) => escapeMrkdwn(cutText(stripInvisible(text), max));

function optionButton(cardId: string, at: { question: Question; option: number; picked: Picked }): Button {
  const { question, option, picked } = at;
  const { label = "", description } = question.options[option] ?? {};
  const isMultiple = question.multiple === true;
  const isChosen = isMultiple && picked.isPicking && (picked.answers.at(-1) ?? []).includes(option);
  const next = withOption(picked, option, isMultiple);
  const words = `*${shown(label, MAX_OPTION)}*${description === undefined ? "" : ` – ${shown(description, MAX_OPTION)}`}`;
  return {
    action: "thor_question",
    label: isMultiple ? (isChosen ? "Remove" : "Add") : "Choose",
    about: `${isChosen ? "☑ " : ""}${words}`,
    means: { kind: "card", refId: cardId, arg: formatChoice(next) },
  };
}

function submit(cardId: string, { answers }: Picked): Button {
  return {
    action: "thor_question",
    label: "Submit",
    style: "primary",
    means: { kind: "card", refId: cardId, arg: formatChoice({ answers, isPicking: false }) },
  };
}

/** Opens a form for one's own words; what was chosen for earlier questions stays. */
const other = (cardId: string, picked: Picked): Button => ({
  action: "thor_other",
  label: "Other…",
  means: { kind: "card", refId: cardId, arg: formatChoice(answered(picked)) },
});

function questionCard(cardId: string, questions: readonly Question[], picked: Picked): Said {
  const at = openQuestion(picked);
  const question = questions[at];
  if (question === undefined) return { text: "❓", buttons: [] };
  const options = question.options.slice(0, MAX_OPTIONS);
  const count = questions.length > 1 ? ` (${at + 1} of ${questions.length})` : "";
  const buttons = options.map((_option, option) => optionButton(cardId, { question, option, picked }));
  return {
    text: `❓ ${shown(question.question, MAX_QUESTION)}${count}`,
    buttons: [
      ...buttons,
      ...(picked.isPicking ? [submit(cardId, picked)] : []),
      ...(question.custom === false ? [] : [other(cardId, picked)]),
    ],
  };
}

/** Hidden characters could make a command look harmless, so they are shown by number. */
const visible = (text: string) =>
  text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (hidden) =>
    hidden === "\n" ? hidden : `\\u{${(hidden.codePointAt(0) ?? 0).toString(16)}}`,
  );

function permissionCard(cardId: string, request: Extract<OpenRequest, { kind: "permission" }>): Said {
  const wanted = request.metadata?.command ?? request.patterns.join("\n");
  const exact = escapeMrkdwn(cutText(visible(wanted), MAX_PATTERNS)).replaceAll("```", "` ` `");
  const means = (arg: string) => ({ kind: "card" as const, refId: cardId, arg });
  return {
    text: `🔐 May I use ${shown(request.permission, MAX_OPTION)}?\n\`\`\`\n${exact}\n\`\`\``,
    buttons: [
      { action: "thor_permission", label: "Allow once", style: "primary", means: means(ALLOW) },
      { action: "thor_reject", label: "Reject…", style: "danger", means: means(REJECT) },
    ],
  };
}

/** The card as it stands with what was picked so far. */
export const cardOf = (cardId: string, request: OpenRequest, picked: Picked): Said =>
  request.kind === "question" ? questionCard(cardId, request.questions, picked) : permissionCard(cardId, request);

/** What stays of a card after its end. */
export function settledCard(request: OpenRequest, outcome: string): Said {
  const title =
    request.kind === "question"
      ? request.questions.map(({ question }) => `❓ ${shown(question, MAX_QUESTION)}`).join("\n")
      : `🔐 ${shown(request.permission, MAX_OPTION)}`;
  return { text: `${title}\n${outcome}`, buttons: [] };
}
