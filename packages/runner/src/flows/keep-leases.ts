/** Renews the right to drive each run; a holder that cannot renew stops acting before anybody else may begin. */
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

import type { Turn } from "./drive-turn.ts";
import type { Turns } from "./turns.ts";

export const RUN_LEASE_MS = 30_000;
const RENEW_MS = 10_000;
const STOP_AFTER_MS = 20_000;

export interface KeepLeasesDeps extends Pick<Ledger, "renewLease"> {
  log: Log;
  now: () => number;
  holder: string;
  turns: Turns<Turn>;
}

export function createKeepLeases(deps: KeepLeasesDeps) {
  const renewedAt = new WeakMap<Turn, number>();

  const drop = (turn: Turn) => {
    turn.freeze();
    deps.turns.remove(turn);
    deps.log.error({ event: "lease_lost", triggerId: turn.triggerId }, "run lease lost; another holder drives it now");
  };

  const keep = async (turn: Turn) => {
    const { anchorId, driven } = turn;
    const renewed = await deps.renewLease({
      name: `run:${anchorId}`,
      holder: deps.holder,
      fence: driven.runFence,
      ttlMs: RUN_LEASE_MS,
    });
    const now = deps.now();
    if (renewed.kind === "renewed") renewedAt.set(turn, now);
    else if (renewed.kind === "lost" || now - (renewedAt.get(turn) ?? turn.startedAt) > STOP_AFTER_MS) drop(turn);
  };

  return async (): Promise<number> => {
    await Promise.all(deps.turns.all().map(keep));
    return RENEW_MS;
  };
}
