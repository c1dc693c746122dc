/** What a press on a card, or written words, say about the request behind it. */
import { cutText, stripInvisible } from "@thor/kit/pure/cut-text";
import { escapeMrkdwn } from "@thor/slack/pure/mrkdwn";
import { z } from "zod";

import { ALLOW } from "./card.ts";
import { answered, labelsOf, NOTHING, openQuestion, parseChoice, type Picked } from "./choice.ts";
import type { Answer } from "./decide.ts";
import { PermissionRequest, QuestionRequest, type OpenRequest, type Question } from "./request.ts";

const Stored = z.object({ request: z.string() });

/** The request as it is stored with its card. */
export const storedRequest = (request: OpenRequest) => ({ request: JSON.stringify(request) });

/** The request that a card asks about; undefined for other cards. */
export function requestOf({ kind, payload }: { kind: string; payload: unknown }): OpenRequest | undefined {
  const stored = Stored.safeParse(payload);
  if (!stored.success) return undefined;
  const json: unknown = JSON.parse(stored.data.request);
  const question = kind === "question" ? QuestionRequest.safeParse(json).data : undefined;
  if (question !== undefined) return { kind: "question", ...question };
  const permission = kind === "permission" ? PermissionRequest.safeParse(json).data : undefined;
  return permission === undefined ? undefined : { kind: "permission", ...permission };
}

export type ReadAnswer =
  /** There is more to be chosen before it is an answer. */
  { kind: "more"; picked: Picked } | { kind: "answer"; answer: Answer; words: string } | { kind: "unreadable" };

const MAX_WORDS = 300;
const shownLabels = (labels: readonly string[][]) =>
  labels.map((chosen) => escapeMrkdwn(chosen.join(", "))).join(" · ");

interface Given {
  choice?: string | undefined;
  text?: string | undefined;
}

function aboutPermission({ choice, text }: Given): ReadAnswer {
  if (choice === ALLOW) return { kind: "answer", answer: { kind: "once" }, words: "allowed it once" };
  const why = text ?? "A person of the team said no. Go on without it.";
  const words = text === undefined ? "said no" : `said no: ${escapeMrkdwn(cutText(stripInvisible(text), MAX_WORDS))}`;
  return { kind: "answer", answer: { kind: "reject", text: why }, words };
}

/** Own words answer the question that stands open, and those after it; the choices before it stay. */
function inWords(questions: readonly Question[], picked: Picked, text: string): ReadAnswer {
  const chosen = labelsOf(questions, answered(picked));
  const labels = [...chosen, ...questions.slice(chosen.length).map(() => [text])];
  const said = `“${escapeMrkdwn(cutText(stripInvisible(text), MAX_WORDS))}”`;
  const before = chosen.length === 0 ? "" : `chose ${shownLabels(chosen)} and `;
  return { kind: "answer", answer: { kind: "labels", labels }, words: `${before}answered ${said}` };
}

export function readAnswer(request: OpenRequest, given: Given): ReadAnswer {
  if (request.kind === "permission") return aboutPermission(given);
  const { choice = "", text } = given;
  const picked = text !== undefined && choice === "" ? NOTHING : parseChoice(choice, request.questions);
  if (text !== undefined && picked !== undefined) return inWords(request.questions, picked, text);
  if (picked === undefined) return { kind: "unreadable" };
  if (openQuestion(picked) < request.questions.length) return { kind: "more", picked };
  const labels = labelsOf(request.questions, picked);
  return { kind: "answer", answer: { kind: "labels", labels }, words: `chose ${shownLabels(labels)}` };
}
