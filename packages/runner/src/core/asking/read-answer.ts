/** What a press on a card, or written words, say about the request behind it. */
import { escapeMrkdwn } from "@thor/slack/pure/mrkdwn";
import { z } from "zod";

import { ALLOW } from "./card.ts";
import { labelsOf, openQuestion, parseChoice, type Picked } from "./choice.ts";
import type { Answer } from "./decide.ts";
import { PermissionRequest, QuestionRequest, type OpenRequest } from "./request.ts";

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

interface Given {
  choice?: string | undefined;
  text?: string | undefined;
}

function aboutPermission({ choice, text }: Given): ReadAnswer {
  if (choice === ALLOW) return { kind: "answer", answer: { kind: "once" }, words: "allowed it once" };
  const why = text ?? "A person of the team said no. Go on without it.";
  return { kind: "answer", answer: { kind: "reject", text: why }, words: "said no" };
}

export function readAnswer(request: OpenRequest, given: Given): ReadAnswer {
  if (request.kind === "permission") return aboutPermission(given);
  const { choice = "", text } = given;
  if (text !== undefined) return { kind: "answer", answer: { kind: "words", text }, words: "answered in words" };
  const picked = parseChoice(choice, request.questions);
  if (picked === undefined) return { kind: "unreadable" };
  if (openQuestion(picked) < request.questions.length) return { kind: "more", picked };
  const labels = labelsOf(request.questions, picked);
  const words = `chose ${labels.map((chosen) => escapeMrkdwn(chosen.join(", "))).join(" · ")}`;
  return { kind: "answer", answer: { kind: "labels", labels }, words };
}
