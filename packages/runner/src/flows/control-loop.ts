/** Carries out what people asked of runs, one wish of a conversation at a time, from the ledger's rows. */
import { ControlRequest } from "@thor/domain/outbox";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger, PromiseClaim, PromiseItem, SendResult } from "@thor/ledger/port";

import type { AnswerCard } from "./answer-card.ts";
import type { ContinueRun } from "./continue-run.ts";
import type { StopRun } from "./stop-run.ts";

const MAX_IN_HAND = 8;
/** Longer than one wish can take, so that nobody else carries it out meanwhile. */
const LEASE_MS = 60_000;
const MAX_SLEEP_MS = 1000;

export interface ControlLoopDeps extends Pick<Ledger, "claimOutbox" | "settleOutbox"> {
  log: Log;
  now: () => number;
  holder: string;
  stopRun: StopRun;
  continueRun: ContinueRun;
  answerCard: AnswerCard;
  wake: () => void;
}

export function createControlLoop(deps: ControlLoopDeps) {
  const inFlight = new Set<Promise<void>>();

  const carryOut = (item: PromiseItem): Promise<SendResult> => {
    const { data: request } = ControlRequest.safeParse(item.payload);
    switch (request?.kind) {
      case "control.stop":
        return deps.stopRun(item, request);
      case "control.continue":
        return deps.continueRun(item, request);
      case "control.answer":
        return deps.answerCard(item, request);
      case undefined:
        return Promise.resolve({ kind: "failed", error: `unknown kind ${item.kind}` });
    }
  };

  const work = async ({ stream, fence, item }: PromiseClaim): Promise<void> => {
    try {
      const result = await carryOut(item);
      await deps.settleOutbox({ stream, fence, id: item.id, result });
    } catch (err) {
      deps.log.error({ event: "control_failed", promiseId: item.id, err }, "a person's wish could not be carried out");
    }
  };

  const start = (claim: PromiseClaim) => {
    const running = work(claim).finally(() => {
      inFlight.delete(running);
      deps.wake();
    });
    inFlight.add(running);
  };

  const turn = async (): Promise<number> => {
    const free = MAX_IN_HAND - inFlight.size;
    if (free <= 0) return MAX_SLEEP_MS;
    const { holder } = deps;
    const claimed = await deps.claimOutbox({ holder, max: free, ttlMs: LEASE_MS, streams: ["control"] });
    if (claimed.kind !== "claimed") return MAX_SLEEP_MS;
    claimed.claims.forEach(start);
    const untilDue = (claimed.nextDueAt ?? Number.POSITIVE_INFINITY) - deps.now();
    return Math.min(MAX_SLEEP_MS, Math.max(5, untilDue));
  };

  return { turn };
}
