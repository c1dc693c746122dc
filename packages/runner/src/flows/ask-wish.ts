/** The doors of other services: the very row that a button writes, and then its settlement, as far as that comes in time. */
import { controlStream, type ControlRequest } from "@thor/domain/outbox";
import type { Ledger } from "@thor/ledger/port";

import { WishEnd } from "../core/wish-end.ts";

const WAIT_MS = 20_000;
const POLL_MS = 200;
/** A run may be stopped, continued and stopped again; more often than this nobody needs a row of its own. */
const MAX_STOPS = 50;

export type WishAnswer =
  | { kind: "ended"; end: WishEnd }
  /** It is on record and will be carried out. */
  | { kind: "queued" }
  | { kind: "unknown"; error: "no_open_run" | "no_such_run" | "no_such_card" }
  | { kind: "failed" }
  | { kind: "try_later"; error: string };

export interface AskWishDeps extends Pick<Ledger, "enqueueOutbox" | "liveWork" | "triggerById" | "cardById"> {
  now: () => number;
  pause: (ms: number) => Promise<void>;
  newId: () => string;
}

type By = ControlRequest["by"];
interface Wish {
  anchorId: string;
  dedupeKey: string;
  payload: ControlRequest;
}
type Enqueued = Awaited<ReturnType<Ledger["enqueueOutbox"]>>;

const viaOf = ({ kind }: By): ControlRequest["via"] => (kind === "admin" || kind === "viewer" ? kind : "api");

/** What the row says by now; undefined while nobody has settled it. */
function answerOf(enqueued: Enqueued): WishAnswer | undefined {
  if (enqueued.kind === "overloaded" || enqueued.kind === "unavailable")
    return { kind: "try_later", error: enqueued.kind };
  if (enqueued.kind === "queued" || (enqueued.state !== "done" && enqueued.state !== "failed")) return undefined;
  const end = WishEnd.safeParse(enqueued.result);
  return end.success ? { kind: "ended", end: end.data } : { kind: "failed" };
}

function createAwaitWish(deps: AskWishDeps) {
  const enqueue = ({ anchorId, dedupeKey, payload }: Wish) => {
    const { triggerId } = payload;
    const row = { kind: payload.kind, stream: controlStream(anchorId), dedupeKey, payload, anchorId };
    return deps.enqueueOutbox(triggerId === undefined ? row : { ...row, triggerId });
  };
  /** Asking again with the same key tells how the first one stands. */
  return {
    enqueue,
    settled: async (wish: Wish): Promise<WishAnswer> => {
      const until = deps.now() + WAIT_MS;
      for (;;) {
        const answer = answerOf(await enqueue(wish));
        if (answer !== undefined) return answer;
        if (deps.now() > until) return { kind: "queued" };
        await deps.pause(POLL_MS);
      }
    },
  };
}

export function createAskWish(deps: AskWishDeps) {
  const { enqueue, settled } = createAwaitWish(deps);

  const openRunOf = async (asked: { anchorId?: string | undefined; triggerId?: string | undefined }) => {
    const run = asked.triggerId === undefined ? undefined : await deps.triggerById({ triggerId: asked.triggerId });
    if (run !== undefined) return run.endedAt === undefined ? run : undefined;
    const { triggerId } = await deps.liveWork({ anchorId: asked.anchorId ?? "" });
    return triggerId === undefined ? undefined : deps.triggerById({ triggerId });
  };

  return {
    /** Joins a stop of the same run that is not settled yet, from whatever surface that came. */
    stop: async (asked: {
      anchorId?: string | undefined;
      triggerId?: string | undefined;
      by: By;
      reason?: string | undefined;
    }): Promise<WishAnswer> => {
      const { by, reason } = asked;
      const run = await openRunOf(asked);
      if (run === undefined) return { kind: "unknown", error: "no_open_run" };
      const { id: triggerId, anchorId } = run;
      const payload: ControlRequest = {
        kind: "control.stop",
        by,
        via: viaOf(by),
        clickId: deps.newId(),
        triggerId,
        reason,
      };
      for (let at = 0; at < MAX_STOPS; at += 1) {
        const wish: Wish = { anchorId, dedupeKey: `stop:${triggerId}:${at}`, payload };
        if (answerOf(await enqueue(wish)) === undefined) return settled(wish);
      }
      return { kind: "failed" };
    },
    answer: async (asked: {
      cardId: string;
      choice?: string | undefined;
      text?: string | undefined;
      by: By;
      clickId: string;
    }): Promise<WishAnswer> => {
      const card = await deps.cardById({ id: asked.cardId });
      if (card === undefined) return { kind: "unknown", error: "no_such_card" };
      const { anchorId, triggerId } = card;
      const payload: ControlRequest = { kind: "control.answer", ...asked, via: viaOf(asked.by), triggerId };
      return settled({ anchorId, dedupeKey: `click:${asked.clickId}`, payload });
    },
    goOn: async (asked: { triggerId: string; by: By; clickId: string }): Promise<WishAnswer> => {
      const run = await deps.triggerById({ triggerId: asked.triggerId });
      if (run === undefined) return { kind: "unknown", error: "no_such_run" };
      const payload: ControlRequest = { kind: "control.continue", ...asked, via: viaOf(asked.by) };
      return settled({ anchorId: run.anchorId, dedupeKey: `click:${asked.clickId}`, payload });
    },
  };
}
export type AskWish = ReturnType<typeof createAskWish>;
