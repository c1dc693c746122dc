/** Works off what is due in a queue, a bounded number at once, woken by news and by the end of what is in hand. */
import type { Clock } from "./clock.ts";
import type { Log } from "./log.ts";
import { startLoop } from "./loop.ts";

const MAX_SLEEP_MS = 1000;
const MIN_SLEEP_MS = 5;

export interface DrainOptions<Claim> {
  name: string;
  log: Log;
  clock: Pick<Clock, "now">;
  /** How many may be in hand now. */
  room: () => number;
  /** Takes at most so many that are due, and says when the next one is; undefined when the store cannot say now. */
  claim: (max: number) => Promise<{ claims: readonly Claim[]; nextDueAt?: number | undefined } | undefined>;
  /** Works on one, to its end; a fault is its own to log. */
  work: (claim: Claim) => Promise<void>;
}

export interface Drain {
  /** Looks at once for what is due. */
  wake: () => void;
  /** Claims nothing more, and resolves when everything in hand has ended. */
  stop: () => Promise<void>;
}

export function startDrain<Claim>({ name, log, clock, room, claim, work }: DrainOptions<Claim>): Drain {
  const inHand = new Set<Promise<void>>();

  const turn = async (): Promise<number> => {
    const free = room() - inHand.size;
    const claimed = free <= 0 ? undefined : await claim(free);
    if (claimed === undefined) return MAX_SLEEP_MS;
    for (const one of claimed.claims) {
      const working = work(one).finally(() => {
        inHand.delete(working);
        loop.wake();
      });
      inHand.add(working);
    }
    // A full hand is woken by the first that ends.
    if (claimed.claims.length === free) return MAX_SLEEP_MS;
    const untilDue = (claimed.nextDueAt ?? Number.POSITIVE_INFINITY) - clock.now();
    return Math.min(MAX_SLEEP_MS, Math.max(MIN_SLEEP_MS, untilDue));
  };

  const loop = startLoop({ name, log, turn });
  return {
    wake: loop.wake,
    stop: async () => {
      await loop.stop();
      await Promise.all(inHand);
    },
  };
}
