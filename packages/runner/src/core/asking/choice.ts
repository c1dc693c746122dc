/**
 * What the buttons of a card say. A question's button carries the whole answer so far, so that no press depends on
 * another: `2/0+1` is option 2 of the first question and options 0 and 1 of the second; a `*` at the end means that the
 * last one is still being picked.
 */
import type { Question } from "./request.ts";

const CHOICE = /^(\d*(?:\+\d+)*(?:\/\d*(?:\+\d+)*)*)(\*?)$/;

export interface Picked {
  /** Indices of options, for each question answered or being picked. */
  answers: number[][];
  isPicking: boolean;
}

export const NOTHING: Picked = { answers: [], isPicking: false };

export function formatChoice({ answers, isPicking }: Picked): string {
  return `${answers.map((answer) => answer.join("+")).join("/")}${isPicking ? "*" : ""}`;
}

/** Reads a choice; undefined when it fits no answer to these questions. */
export function parseChoice(text: string, questions: readonly Question[]): Picked | undefined {
  const [, list, star] = CHOICE.exec(text) ?? [];
  if (list === undefined) return undefined;
  const answers = list.split("/").map((answer) => (answer === "" ? [] : answer.split("+").map(Number)));
  const fits = answers.every((answer, at) => {
    const { options = [], multiple = false } = questions[at] ?? {};
    return answer.every((option) => option < options.length) && (multiple || answer.length === 1);
  });
  if (!fits || answers.length > questions.length) return undefined;
  return { answers, isPicking: star === "*" };
}

/** The question that stands open now; undefined when all are answered. */
export const openQuestion = (picked: Picked): number =>
  picked.isPicking ? picked.answers.length - 1 : picked.answers.length;

/** The questions that are answered for good; the one that is being picked is open again. */
export const answered = ({ answers, isPicking }: Picked): Picked => ({
  answers: isPicking ? answers.slice(0, -1) : answers,
  isPicking: false,
});

/** What is picked after one more press on an option of the open question. */
export function withOption(picked: Picked, option: number, isMultiple: boolean): Picked {
  const { answers, isPicking } = picked;
  if (!isMultiple) return { answers: [...answers, [option]], isPicking: false };
  const done = isPicking ? answers.slice(0, -1) : answers;
  const current = isPicking ? (answers.at(-1) ?? []) : [];
  const next = current.includes(option) ? current.filter((one) => one !== option) : [...current, option];
  return { answers: [...done, next.toSorted((a, b) => a - b)], isPicking: true };
}

/** The labels to answer OpenCode with. */
export const labelsOf = (questions: readonly Question[], { answers }: Picked): string[][] =>
  answers.map((answer, at) => answer.flatMap((option) => questions[at]?.options[option]?.label ?? []));
