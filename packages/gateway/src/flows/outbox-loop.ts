/** Drains promises of some kinds of streams: one of a stream at a time, a few streams at once. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, PromiseClaim, PromiseItem, SendResult } from "@thor/ledger/port";

const MAX_SENDS = 8;
const MAX_SENDS_UNDER_PRESSURE = 1;
const MAX_SLEEP_MS = 1000;

export interface OutboxLoopDeps extends Pick<Ledger, "claimOutbox" | "settleOutbox"> {
  log: Log;
  clock: Clock;
  holder: string;
  streams: Parameters<Ledger["claimOutbox"]>[0]["streams"];
  /** Longer than a send can take with its look-up, so that nobody else sends meanwhile. */
  leaseMs: number;
  send: (item: PromiseItem) => Promise<SendResult>;
  isUnderPressure: () => boolean;
  wake: () => void;
}

export function createOutboxLoop(deps: OutboxLoopDeps) {
  const inFlight = new Set<Promise<void>>();

  const carryOut = async ({ stream, fence, item }: PromiseClaim) => {
    try {
      const result = await deps.send(item);
      const settled = await deps.settleOutbox({ stream, fence, id: item.id, result });
      const facts = { kind: item.kind, promiseId: item.id, result: result.kind, settled: settled.kind };
      if (result.kind === "sent") deps.log.info({ event: "promise_settled", ...facts }, "promise kept");
      else deps.log.warn({ event: "promise_settled", ...facts, error: result.error }, "promise not kept yet");
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
    const free = (deps.isUnderPressure() ? MAX_SENDS_UNDER_PRESSURE : MAX_SENDS) - inFlight.size;
    if (free <= 0) return MAX_SLEEP_MS;
    const { holder, streams, leaseMs: ttlMs } = deps;
    const claimed = await deps.claimOutbox({ holder, max: free, ttlMs, streams });
    if (claimed.kind !== "claimed") return MAX_SLEEP_MS;
    claimed.claims.forEach(start);
    const untilDue = (claimed.nextDueAt ?? Number.POSITIVE_INFINITY) - deps.clock.now();
    return claimed.claims.length === free ? MAX_SLEEP_MS : Math.min(MAX_SLEEP_MS, Math.max(5, untilDue));
  };

  return { turn, drained: () => Promise.all(inFlight) };
}
