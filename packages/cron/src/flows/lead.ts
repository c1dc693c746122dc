/** One scheduler of many acts; the others look after its lease and wait. */
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";

const NAME = "scheduler";
const TTL_MS = 15_000;
const RENEW_MS = 5000;
/** From here on a holder that could not renew must stop acting. */
const TRUST_MS = (TTL_MS * 2) / 3;

export interface LeadDeps extends Pick<Ledger, "acquireLease" | "renewLease" | "releaseLease"> {
  log: Log;
  clock: Clock;
  holder: string;
}

export function createLead({ log, clock, holder, ...ledger }: LeadDeps) {
  let held: { fence: number; since: number } | undefined;

  const acquire = async (now: number) => {
    const taken = await ledger.acquireLease({ name: NAME, holder, ttlMs: TTL_MS });
    if (taken.kind !== "acquired") return false;
    held = { fence: taken.fence, since: now };
    log.info({ event: "schedule_lead_taken", fence: taken.fence }, "this scheduler fires from now on");
    return true;
  };

  const renew = async (now: number, { fence, since }: { fence: number; since: number }) => {
    const renewed = await ledger.renewLease({ name: NAME, holder, fence, ttlMs: TTL_MS });
    if (renewed.kind === "renewed") held = { fence, since: now };
    if (renewed.kind !== "lost") return renewed.kind === "renewed" || now - since < TRUST_MS;
    held = undefined;
    log.warn({ event: "schedule_lead_lost", fence }, "another scheduler fires now");
    return false;
  };

  return {
    /** Whether this process may fire now. */
    holds: async (): Promise<boolean> => {
      const now = clock.now();
      if (held === undefined) return acquire(now);
      const age = now - held.since;
      return age >= 0 && age < RENEW_MS ? true : renew(now, held);
    },
    release: async (): Promise<void> => {
      if (held !== undefined) await ledger.releaseLease({ name: NAME, holder, fence: held.fence });
      held = undefined;
    },
  };
}
export type Lead = ReturnType<typeof createLead>;
