/** Keeps the promises of some kinds of streams: one of a stream at a time, in order, and a few streams at once. */
import type { Clock } from "@thor/kit/flow/clock";
import { startDrain, type Drain } from "@thor/kit/flow/drain";
import type { Log } from "@thor/kit/flow/log";

import type { ClaimOutboxInput } from "./contract/outbox.ts";
import type { Ledger, PromiseClaim, PromiseItem, SendResult } from "./port.ts";

export interface OutboxDrainOptions {
  name: string;
  ledger: Pick<Ledger, "claimOutbox" | "settleOutbox" | "watch">;
  log: Log;
  clock: Pick<Clock, "now">;
  holder: string;
  streams: ClaimOutboxInput["streams"];
  /** Longer than a send can take with its look-up, so that nobody else sends meanwhile. */
  leaseMs: number;
  /** How many sends may be in hand now. */
  room: () => number;
  /** Tries once; the answer says what becomes of the promise. */
  send: (item: PromiseItem) => Promise<SendResult>;
}

export function startOutboxDrain(options: OutboxDrainOptions): Drain {
  const { name, ledger, log, clock, holder, streams, leaseMs: ttlMs, room, send } = options;

  const work = async ({ stream, fence, item }: PromiseClaim): Promise<void> => {
    try {
      const result = await send(item);
      const settled = await ledger.settleOutbox({ stream, fence, id: item.id, result });
      const facts = { kind: item.kind, promiseId: item.id, result: result.kind, settled: settled.kind };
      if (result.kind === "sent") log.info({ event: "promise_settled", ...facts }, "promise kept");
      else log.warn({ event: "promise_settled", ...facts, error: result.error }, "promise not kept yet");
    } catch (err) {
      // Its lease ends, and whoever takes it up looks first whether it was kept.
      log.error({ event: "promise_failed", promiseId: item.id, err }, "promise failed");
    }
  };
  const claim = async (max: number) => {
    const claimed = await ledger.claimOutbox({ holder, max, ttlMs, streams });
    return claimed.kind === "claimed" ? claimed : undefined;
  };

  const drain = startDrain({ name, log, clock, room, claim, work });
  const unwatch = ledger.watch(["outbox"], drain.wake);
  return {
    wake: drain.wake,
    stop: () => {
      unwatch();
      return drain.stop();
    },
  };
}
