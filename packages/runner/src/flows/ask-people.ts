/** Brings what OpenCode asks before people, and their answers back; every look repeats what is not done yet. */
import type { Log } from "@thor/kit/flow/log";
import type { Card, Ledger } from "@thor/ledger/port";

import { settledCard } from "../core/asking/card.ts";
import { decide, type Answer, type AskingFacts } from "../core/asking/decide.ts";
import { storedRequest } from "../core/asking/read-answer.ts";
import type { OpenRequest } from "../core/asking/request.ts";
import type { Said } from "../core/slack/said.ts";
import { createCards, type CardsDeps, type Thread } from "./cards.ts";
import type { Turn } from "./turn.ts";

export interface AskPeopleDeps
  extends CardsDeps, Pick<Ledger, "openCard" | "cardById" | "openCards" | "appendAudit" | "liveWork" | "getEvent"> {
  log: Log;
  timeoutMs: number;
  canSpeak: boolean;
  audienceOf: (channel: string) => Promise<"direct" | "team" | "shared">;
  /** Tells OpenCode; a request that is gone already needs nothing. */
  reply: (request: OpenRequest, directory: string, answer: Answer) => Promise<unknown>;
}

/** What this process remembers of a turn that asks. */
interface Asking {
  turn: Turn;
  thread: Thread | undefined;
  asked: Set<string>;
}

const NOT_NEEDED: Said = { text: "❓ No longer needed.", buttons: [] };
const isAsking = ({ kind }: Card) => kind === "question" || kind === "permission";

/** The agent gets its answer, and the record says what kind it was. */
function createAnswer(deps: AskPeopleDeps) {
  return async ({ turn }: Asking, request: OpenRequest, given: Answer): Promise<void> => {
    await deps.reply(request, turn.directory, given);
    const { kind, id: requestId } = request;
    deps.log.info({ event: "request_answered", kind, requestId, answer: given.kind }, "OpenCode has its answer");
    await deps.appendAudit({
      service: "runner",
      event: `${request.kind}.answered`,
      actorKind: "service",
      actor: "runner",
      anchorId: turn.anchorId,
      sessionId: request.sessionID,
      triggerId: turn.triggerId,
      target: request.id,
      decision: given.kind === "once" ? "allow" : given.kind,
    });
  };
}

/** What decides about a request, as it stands now. */
function createFacts(deps: AskPeopleDeps) {
  const hasNewMessage = async (anchorId: string): Promise<boolean> => {
    const { newestEventId: eventId } = await deps.liveWork({ anchorId });
    const event = eventId === undefined ? undefined : await deps.getEvent({ eventId });
    return event?.human === true;
  };
  return async ({ thread, turn, asked }: Asking, card: Card | undefined): Promise<AskingFacts> => {
    const audience = thread === undefined ? undefined : await deps.audienceOf(thread.channel);
    return {
      card,
      nobody: thread === undefined ? "no_thread" : audience === "shared" ? "shared" : undefined,
      asked: asked.size,
      newMessage: await hasNewMessage(turn.anchorId),
      now: deps.now(),
    };
  };
}

/** Opens a card for a request, and shows it. */
function createOpen(deps: AskPeopleDeps, cards: ReturnType<typeof createCards>) {
  return async ({ turn, thread, asked }: Asking, request: OpenRequest): Promise<void> => {
    if (thread === undefined) return;
    const { triggerId, anchorId } = turn;
    const { id, kind } = request;
    asked.add(id);
    const expiresAt = deps.now() + deps.timeoutMs;
    const payload = storedRequest(request);
    await deps.openCard({ id, kind, refId: id, anchorId, triggerId, ...thread, payload, expiresAt });
    deps.log.info({ event: `${kind}_asked`, kind, triggerId, requestId: id }, "people are asked");
    const card = await deps.cardById({ id });
    if (card !== undefined) await cards.show(thread, request, card);
  };
}

interface Waiting {
  card: Card | undefined;
  mayRemind: boolean;
}

/** Does for one request what its card and its time call for. */
function createAttend(deps: AskPeopleDeps, cards: ReturnType<typeof createCards>) {
  const factsFor = createFacts(deps);
  const open = createOpen(deps, cards);
  const answer = createAnswer(deps);

  const wait = async ({ thread }: Asking, request: OpenRequest, { card, mayRemind }: Waiting) => {
    if (thread === undefined || card === undefined) return;
    await cards.show(thread, request, card);
    if (mayRemind) await cards.remind(thread, card);
  };

  return async (asking: Asking, request: OpenRequest): Promise<void> => {
    const card = await deps.cardById({ id: request.id });
    const next = decide(request, await factsFor(asking, card));
    switch (next.kind) {
      case "ask":
        return open(asking, request);
      case "wait":
        return wait(asking, request, { card, mayRemind: next.mayRemind });
      case "answer":
        return answer(asking, request, next.answer);
      case "give_up":
        if (card !== undefined)
          await cards.settle(card, { state: "expired", said: settledCard(request, next.outcome) });
        return answer(asking, request, next.answer);
    }
  };
}

export function createAskPeople(deps: AskPeopleDeps) {
  const askings = new Map<string, Asking>();
  const busy = new Set<string>();
  const cards = createCards(deps);
  const attend = createAttend(deps, cards);

  const askingOf = (turn: Turn): Asking => {
    const { replyTo } = turn.driven.run;
    const place = replyTo?.kind === "slack" && deps.canSpeak ? replyTo : undefined;
    const thread = place === undefined ? undefined : { channel: place.channel, threadTs: place.threadTs };
    const known = askings.get(turn.triggerId) ?? { turn, thread, asked: new Set() };
    askings.set(turn.triggerId, known);
    return known;
  };

  const withdraw = async (turn: Turn, requests: readonly OpenRequest[]): Promise<void> => {
    const open = (await deps.openCards({ anchorId: turn.anchorId })).filter(
      (card) => isAsking(card) && card.triggerId === turn.triggerId,
    );
    const gone = open.filter((card) => !requests.some(({ id }) => id === card.id));
    for (const card of gone) await cards.settle(card, { state: "withdrawn", said: NOT_NEEDED });
  };

  return {
    /** Does what the requests that stand open now need. */
    attend: async (turn: Turn, requests: readonly OpenRequest[]): Promise<void> => {
      if (busy.has(turn.triggerId)) return;
      busy.add(turn.triggerId);
      try {
        await withdraw(turn, requests);
        for (const request of requests) await attend(askingOf(turn), request);
      } finally {
        busy.delete(turn.triggerId);
      }
    },
    /** The run is over: nothing of it waits for anybody. */
    close: async (turn: Turn): Promise<void> => {
      askings.delete(turn.triggerId);
      await withdraw(turn, []);
    },
  };
}
