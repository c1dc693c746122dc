/** What becomes of an open request: asked, waited for, or answered; the same at every look, so that nothing is lost. */
import { z } from "zod";

import type { OpenRequest } from "./request.ts";

const Answer = z.discriminatedUnion("kind", [
  /** The labels that were chosen, for each question. */
  z.object({ kind: z.literal("labels"), labels: z.array(z.array(z.string())) }),
  /** Words instead of a choice; the agent goes on with them. */
  z.object({ kind: z.literal("words"), text: z.string() }),
  z.object({ kind: z.literal("once") }),
  z.object({ kind: z.literal("reject"), text: z.string() }),
]);
export type Answer = z.infer<typeof Answer>;

/** As stored with a card that was answered. */
const CardResult = z.object({ answer: Answer, outcome: z.string() });

export interface AskingFacts {
  card?:
    | { state: "open" | "answered" | "expired" | "withdrawn"; expiresAt: number; createdAt: number; result?: unknown }
    | undefined;
  /** Why nobody may be asked here. */
  nobody?: "no_thread" | "shared" | undefined;
  /** Questions of this run that were asked before. */
  asked: number;
  /** Somebody wrote something new while the question stands open. */
  newMessage: boolean;
  now: number;
}

/** What is done about a request now. */
export type NextStep =
  | { kind: "ask" }
  | { kind: "wait"; mayRemind: boolean }
  | { kind: "answer"; answer: Answer }
  /** The card ends without a press. */
  | { kind: "give_up"; answer: Answer; outcome: string };

const MAX_QUESTIONS = 5;
const NOBODY = "Nobody can be asked here. Choose the safe option or end your turn with the question in your reply.";
const SHARED = "This is not allowed in a channel that people outside the team can read.";
const ENOUGH =
  "You have asked enough questions in this run. Decide yourself if it is safe, otherwise stop and say what you need.";
const NEXT = "A new message waits; end this turn now, it follows next.";
const LATE = "No answer in time. Decide yourself if it is safe, otherwise stop and say what you need.";
const OVER = "This is no longer needed. Go on without it.";

/** Never a bare rejection: that would end the turn without a word. */
const inWords = ({ kind }: OpenRequest, text: string): Answer =>
  kind === "question" ? { kind: "words", text } : { kind: "reject", text };

function decideNew(request: OpenRequest, { nobody, asked }: AskingFacts): NextStep {
  if (nobody === "no_thread") return { kind: "answer", answer: inWords(request, NOBODY) };
  if (nobody === "shared" && request.kind === "permission") return { kind: "answer", answer: inWords(request, SHARED) };
  if (request.kind === "question" && asked >= MAX_QUESTIONS)
    return { kind: "answer", answer: inWords(request, ENOUGH) };
  return { kind: "ask" };
}

export function decide(request: OpenRequest, facts: AskingFacts): NextStep {
  const { card, now, newMessage } = facts;
  if (card === undefined) return decideNew(request, facts);
  switch (card.state) {
    case "open": {
      if (now >= card.expiresAt)
        return { kind: "give_up", answer: inWords(request, LATE), outcome: "⌛ Nobody answered in time." };
      if (newMessage && request.kind === "question")
        return { kind: "give_up", answer: inWords(request, NEXT), outcome: "Closed: a new message came." };
      return { kind: "wait", mayRemind: now >= (card.createdAt + card.expiresAt) / 2 };
    }
    case "answered": {
      const stored = CardResult.safeParse(card.result);
      return { kind: "answer", answer: stored.data?.answer ?? inWords(request, OVER) };
    }
    case "expired":
      return { kind: "answer", answer: inWords(request, LATE) };
    case "withdrawn":
      return { kind: "answer", answer: inWords(request, OVER) };
  }
}
