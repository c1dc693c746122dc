/** The messages of cards: posted once, found again after a lost answer, edited when they are settled. */
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { Card, Ledger } from "@thor/ledger/port";

import { cardOf } from "../core/asking/card.ts";
import { NOTHING } from "../core/asking/choice.ts";
import type { OpenRequest } from "../core/asking/request.ts";
import type { Said } from "../core/slack/said.ts";

export interface Thread {
  channel: string;
  threadTs: string;
}
type Told<T> = { kind: "ok"; body: T } | { kind: "limited" | "refused" | "unreachable" | "unknown" };

export interface CardsDeps extends Pick<Ledger, "actOnCard" | "placeMessage" | "enqueueOutbox"> {
  now: () => number;
  postCard: (place: Thread, said: Said, cardId: string) => Promise<Told<{ ts: string }>>;
  findCard: (place: Thread, cardId: string) => Promise<Told<{ ts: string } | undefined>>;
  update: (at: Thread & { ts: string }, said: Said) => Promise<Told<object>>;
}

/** A card that is older than its first post can be was tried before, by this process or another. */
const FIRST_TRY_MS = 1000;
const REMINDER = "⏰ I still wait for an answer above.";

export function createCards(deps: CardsDeps) {
  const reminded = new Set<string>();

  const postOnce = async (thread: Thread, card: Card, said: Said): Promise<{ ts: string } | undefined> => {
    if (deps.now() - card.createdAt > FIRST_TRY_MS) {
      const found = await deps.findCard(thread, card.id);
      if (found.kind !== "ok" || found.body !== undefined) return found.kind === "ok" ? found.body : undefined;
    }
    const posted = await deps.postCard(thread, said, card.id);
    return posted.kind === "ok" ? posted.body : undefined;
  };

  return {
    show: async (thread: Thread, request: OpenRequest, card: Card): Promise<void> => {
      if (card.messageTs !== undefined) return;
      const placed = await postOnce(thread, card, cardOf(card.id, request, NOTHING));
      if (placed === undefined) return;
      await deps.placeMessage({ table: "cards", id: card.id, channel: thread.channel, messageTs: placed.ts });
    },
    /** Says once that an answer is missed. */
    remind: async ({ channel, threadTs }: Thread, { id, anchorId, triggerId }: Card): Promise<void> => {
      if (reminded.has(id)) return;
      reminded.add(id);
      const payload: OutboxPayload = { kind: "slack.post", channel, threadTs, text: REMINDER };
      const row = { kind: payload.kind, stream: slackStream(channel, threadTs), dedupeKey: `remind:${id}`, payload };
      await deps.enqueueOutbox({ ...row, anchorId, triggerId });
    },
    /** Ends a card without a press; its message says how. */
    settle: async (card: Card, how: { state: "expired" | "withdrawn"; said: Said }): Promise<void> => {
      const { id, version, channel, threadTs, messageTs: ts } = card;
      reminded.delete(id);
      await deps.actOnCard({ id, version, state: how.state, by: "runner" });
      if (ts !== undefined) await deps.update({ channel, threadTs, ts }, how.said);
    },
  };
}
