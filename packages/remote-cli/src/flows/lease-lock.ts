/** Locks that other services respect too: leases of the ledger, waited for a bounded time and renewed while held. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Ledger } from "@thor/ledger/port";

export interface LeaseLockDeps extends Pick<Ledger, "acquireLease" | "renewLease" | "releaseLease"> {
  clock: Clock;
  holder: string;
}

export type Held =
  | { kind: "locked"; unlock: () => Promise<void>; /** Whether somebody else may act now. */ isLost: () => boolean }
  | { kind: "busy" }
  | { kind: "cancelled" };

const TTL_MS = 120_000;
const RENEW_MS = 30_000;
const WAIT_MS = 60_000;
const POLL_MS = 100;

const pause = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, POLL_MS);
    signal.addEventListener("abort", done, { once: true });
  });

/** Every call holds under a name of its own, so that two calls of this process exclude each other as well. */
export function createLeaseLock(deps: LeaseLockDeps) {
  let count = 0;

  const hold = (name: string, holder: string, fence: number): Held => {
    let heldUntil = deps.clock.now() + TTL_MS;
    const renew = async () => {
      const askedAt = deps.clock.now();
      const { kind } = await deps.renewLease({ name, holder, fence, ttlMs: TTL_MS });
      if (kind === "renewed") heldUntil = askedAt + TTL_MS;
      else if (kind === "lost") heldUntil = 0;
    };
    const renewal = setInterval(() => void renew(), RENEW_MS);
    const unlock = async () => {
      clearInterval(renewal);
      await deps.releaseLease({ name, holder, fence });
    };
    return { kind: "locked", unlock, isLost: () => deps.clock.now() >= heldUntil };
  };

  return async (name: string, signal: AbortSignal, waitMs = WAIT_MS): Promise<Held> => {
    count += 1;
    const holder = `${deps.holder}#${count}`;
    const until = deps.clock.now() + waitMs;
    while (!signal.aborted) {
      const taken = await deps.acquireLease({ name, holder, ttlMs: TTL_MS });
      if (taken.kind === "acquired") return hold(name, holder, taken.fence);
      if (deps.clock.now() >= until) return { kind: "busy" };
      await pause(signal);
    }
    return { kind: "cancelled" };
  };
}
