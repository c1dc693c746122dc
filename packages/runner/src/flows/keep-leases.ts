/** Renews the right to drive each run; a holder that cannot renew stops acting before anybody else may begin. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import { HELD_MS, RUN_LEASE_MS } from "../core/run-lease.ts";
import type { Turn } from "./turn.ts";
import type { Turns } from "./turns.ts";

const RENEW_MS = 10_000;

export interface KeepLeasesDeps extends Pick<Ledger, "renewLease"> {
  log: Log;
  now: () => number;
  holder: string;
  turns: Turns<Turn>;
}

export function createKeepLeases(deps: KeepLeasesDeps) {
  const drop = (turn: Turn) => {
    turn.stop();
    deps.turns.remove(turn);
    deps.log.error({ event: "lease_lost", triggerId: turn.triggerId }, "run lease lost; it is no longer driven here");
  };

  const keep = async (turn: Turn) => {
    const askedAt = deps.now();
    const renewed = await deps.renewLease({
      name: `run:${turn.anchorId}`,
      holder: deps.holder,
      fence: turn.driven.runFence,
      ttlMs: RUN_LEASE_MS,
    });
    if (renewed.kind === "renewed") turn.lease.until = askedAt + HELD_MS;
    else if (renewed.kind === "lost" || turn.isStopped() || deps.now() > turn.lease.until) drop(turn);
  };

  return async (): Promise<number> => {
    await Promise.all(deps.turns.all().map(keep));
    return RENEW_MS;
  };
}
