/** Carries out a press on a card: the first one that settles it wins, and everybody else is told. */
import type { ControlRequest } from "@thor/domain/outbox";
import type { Log } from "@thor/kit/flow/log";
import type { Card, Ledger, PromiseItem, SendResult } from "@thor/ledger/port";
import type { ConfigView } from "@thor/workspace-config/pure/standing";
import { userBySlack } from "@thor/workspace-config/pure/trust";

import { cardOf, settledCard } from "../core/asking/card.ts";
import { readAnswer, requestOf, type ReadAnswer } from "../core/asking/read-answer.ts";
import type { OpenRequest } from "../core/asking/request.ts";
import type { Said } from "../core/slack/said.ts";
import type { WishEnd } from "../core/wish-end.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";
import { createWhisper } from "./whisper.ts";

type AnswerRequest = Extract<ControlRequest, { kind: "control.answer" }>;
type Given = Extract<ReadAnswer, { kind: "answer" }>;

const AGAIN_MS = 1000;
const MAX_TRIES = 30;
const SETTLED = "This was settled already.";

export interface AnswerCardDeps extends Pick<
  Ledger,
  "cardById" | "actOnCard" | "triggerById" | "appendAudit" | "enqueueOutbox"
> {
  log: Log;
  now: () => number;
  config: () => ConfigView;
  turns: Turns<Turn>;
  update: (at: { channel: string; threadTs: string; ts: string }, said: Said) => Promise<{ kind: string }>;
}

interface Pressed {
  card: Card;
  asked: OpenRequest;
  request: AnswerRequest;
}

const nameOf = ({ by }: AnswerRequest) => (by.kind === "slack" ? `<@${by.id}>` : (by.name ?? by.id));

/** Anybody in the thread may answer a question; leave for a tool is given by whoever asked, or by the team. */
const createMayAnswer =
  (deps: AnswerCardDeps) =>
  async ({ card, request: { by } }: Pressed): Promise<boolean> => {
    if (card.kind === "question" || by.kind === "admin") return true;
    const run = await deps.triggerById({ triggerId: card.triggerId ?? "" });
    const isRequester = run?.requesters.some(({ kind, id }) => kind === by.kind && id === by.id) ?? false;
    return isRequester || (by.kind === "slack" && userBySlack(deps.config().admission, by.id) !== undefined);
  };

/** Ends the card with this answer, on record and in its message; what it answers says whether it was the first. */
function createSettle(deps: AnswerCardDeps, show: (card: Card, said: Said) => Promise<void>) {
  const audit = ({ card, request: { by } }: Pressed, decision: string) =>
    deps.appendAudit({
      service: "runner",
      event: `${card.kind}.decided`,
      actorKind: by.kind === "github" || by.kind === "admin" ? by.kind : "slack",
      actor: by.id,
      anchorId: card.anchorId,
      triggerId: card.triggerId,
      target: card.id,
      decision,
    });

  return async (pressed: Pressed, { answer, words }: Given): Promise<string> => {
    const { card, asked, request } = pressed;
    const { id, version } = card;
    const outcome = `${nameOf(request)} ${words}`;
    const by = `${request.by.kind}:${request.by.id}`;
    const acted = await deps.actOnCard({ id, version, state: "answered", by, result: { answer, outcome } });
    if (acted.kind !== "acted") return acted.kind;
    await audit(pressed, answer.kind);
    await show(card, settledCard(asked, outcome));
    deps.log.info({ event: `${card.kind}_answered`, cardId: id, answer: answer.kind }, "a card was answered");
    return "acted";
  };
}

export function createAnswerCard(deps: AnswerCardDeps) {
  const show = async ({ channel, threadTs, messageTs: ts }: Card, said: Said): Promise<void> => {
    if (ts !== undefined) await deps.update({ channel, threadTs, ts }, said);
  };
  const whisper = createWhisper(deps);
  const mayAnswer = createMayAnswer(deps);
  const settle = createSettle(deps, show);

  const take = async (pressed: Pressed, given: Given, attempts: number): Promise<SendResult> => {
    const settled = await settle(pressed, given);
    if (settled === "already") {
      const now = await deps.cardById({ id: pressed.card.id });
      return whisper(pressed.request, SETTLED, { kind: "settled_before", by: now?.actedBy });
    }
    if (settled !== "acted")
      return attempts < MAX_TRIES
        ? { kind: "retry", notBefore: deps.now() + AGAIN_MS, error: settled }
        : { kind: "failed", error: settled };
    // Whoever drives the turn looks again at once, and brings the answer to OpenCode.
    deps.turns.ofAnchor(pressed.card.anchorId)?.look();
    return { kind: "sent", result: { kind: "answered" } satisfies WishEnd };
  };

  return async (item: PromiseItem, request: AnswerRequest): Promise<SendResult> => {
    const card = await deps.cardById({ id: request.cardId });
    const asked = card === undefined ? undefined : requestOf(card);
    if (card === undefined || asked === undefined) return { kind: "failed", error: "no such card" };
    const pressed: Pressed = { card, asked, request };
    if (card.state !== "open") return whisper(request, SETTLED, { kind: "settled_before", by: card.actedBy });
    if (!(await mayAnswer(pressed)))
      return whisper(request, "Only who asked for this, or the team, may decide it.", { kind: "not_allowed" });
    const read = readAnswer(asked, request);
    switch (read.kind) {
      case "unreadable":
        return { kind: "failed", error: "an answer that fits no question" };
      case "more":
        await show(card, cardOf(card.id, asked, read.picked));
        return { kind: "sent", result: { kind: "noted" } satisfies WishEnd };
      case "answer":
        return take(pressed, read, item.attempts);
    }
  };
}
export type AnswerCard = ReturnType<typeof createAnswerCard>;
