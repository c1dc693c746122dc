/** A run stands still: its record says so, and people are told when it needs them or will take long. */
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { Park } from "@thor/domain/park";
import type { NewPromise } from "@thor/domain/queue";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { parkText } from "../core/progress/render.ts";
import type { TurnInput } from "../core/turn/state.ts";
import type { Turn } from "./turn.ts";

const WORTH_WORDS_MS = 5 * 60_000;
const RETRY_MS = 1000;

export interface ParkRunDeps extends Pick<Ledger, "setTrigger"> {
  log: Log;
  now: () => number;
  pause: (ms: number) => Promise<void>;
}

const storedPark = ({ why, since, until, note, quotaParks }: Park) => ({
  why,
  since,
  quotaParks,
  ...(until === undefined ? {} : { until }),
  ...(note === undefined ? {} : { note: note.slice(0, 500) }),
});

export const createParkRun = (deps: ParkRunDeps) => {
  const words = ({ driven: { run } }: Turn, park: Park): NewPromise[] => {
    const isShort = park.until !== undefined && park.until - deps.now() < WORTH_WORDS_MS;
    if (run.replyTo?.kind !== "slack" || isShort) return [];
    const { channel, threadTs } = run.replyTo;
    const payload: OutboxPayload = { kind: "slack.post", channel, threadTs, text: parkText(park, deps.now()) };
    const stream = slackStream(channel, threadTs);
    const dedupeKey = `parked:${run.id}:${park.since}`;
    return [{ kind: payload.kind, stream, dedupeKey, payload, anchorId: run.anchorId, triggerId: run.id }];
  };

  return async (turn: Turn, park: Park | undefined): Promise<TurnInput> => {
    const { triggerId, driven } = turn;
    const set =
      park === undefined
        ? { status: "running" as const, park: null }
        : { status: "parked" as const, park: storedPark(park) };
    const outbox = park === undefined ? [] : words(turn, park);
    while (!turn.isStopped()) {
      const noted = await deps.setTrigger({ triggerId, runFence: driven.runFence, set, outbox });
      if (noted.kind !== "overloaded" && noted.kind !== "unavailable") break;
      await deps.pause(RETRY_MS);
    }
    const event = park === undefined ? "turn_resumed" : "turn_parked";
    deps.log.info({ event, triggerId, why: park?.why, until: park?.until }, "run parked or resumed");
    return { kind: "tick" };
  };
};
