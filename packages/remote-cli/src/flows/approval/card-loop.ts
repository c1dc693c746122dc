/** Drains the streams of approvals, a few at once, each in its order. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, PromiseClaim } from "@thor/ledger/port";

import type { SendCard } from "./send-card.ts";

const MAX_SENDS = 4;
/** A process that died lets go of its cards within this; who takes them up looks before posting. */
const LEASE_MS = 20_000;
const MAX_SLEEP_MS = 1000;
const MIN_SLEEP_MS = 5;

export interface CardLoopDeps extends Pick<Ledger, "claimOutbox" | "settleOutbox"> {
  log: Log;
  clock: Clock;
  holder: string;
  send: SendCard;
  wake: () => void;
}

export function createCardLoop(deps: CardLoopDeps) {
  const inFlight = new Set<Promise<void>>();

  const carryOut = async ({ stream, fence, item }: PromiseClaim) => {
    try {
      const result = await deps.send(item);
      await deps.settleOutbox({ stream, fence, id: item.id, result });
      const facts = { event: "promise_settled", kind: item.kind, promiseId: item.id, result: result.kind };
      if (result.kind === "sent") deps.log.info(facts, "promise kept");
      else deps.log.warn({ ...facts, error: result.error }, "promise not kept yet");
    } catch (err) {
      deps.log.error({ event: "promise_failed", promiseId: item.id, err }, "promise failed");
    }
  };

  const start = (claim: PromiseClaim) => {
    const running = carryOut(claim).finally(() => {
      inFlight.delete(running);
      deps.wake();
    });
    inFlight.add(running);
  };

  const turn = async (): Promise<number> => {
    const free = MAX_SENDS - inFlight.size;
    if (free <= 0) return MAX_SLEEP_MS;
    const claimed = await deps.claimOutbox({ holder: deps.holder, max: free, ttlMs: LEASE_MS, streams: ["approval"] });
    if (claimed.kind !== "claimed") return MAX_SLEEP_MS;
    claimed.claims.forEach(start);
    const untilDue = (claimed.nextDueAt ?? Number.POSITIVE_INFINITY) - deps.clock.now();
    return Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, untilDue));
  };

  return { turn, drained: () => Promise.all(inFlight) };
}
