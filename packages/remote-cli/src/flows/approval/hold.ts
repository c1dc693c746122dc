/** One process at a time executes an approval; a process that died lets go within seconds. */
import type { Ledger } from "@thor/ledger/port";

export interface HoldDeps extends Pick<Ledger, "acquireLease" | "renewLease" | "releaseLease"> {
  holder: string;
}

const TTL_MS = 6000;
const RENEW_MS = 2000;

/** Each hold is under a name of its own, so that two clicks in this process exclude each other as well. */
export function createHold(deps: HoldDeps) {
  let count = 0;
  return async <T>(id: string, work: () => Promise<T>): Promise<T | { kind: "held" }> => {
    count += 1;
    const lease = { name: `approval:${id}`, holder: `${deps.holder}#${count}` };
    const taken = await deps.acquireLease({ ...lease, ttlMs: TTL_MS });
    if (taken.kind !== "acquired") return { kind: "held" };
    const { fence } = taken;
    const renewal = setInterval(() => void deps.renewLease({ ...lease, fence, ttlMs: TTL_MS }), RENEW_MS);
    try {
      return await work();
    } finally {
      clearInterval(renewal);
      await deps.releaseLease({ ...lease, fence });
    }
  };
}
export type Hold = ReturnType<typeof createHold>;
