/** The simulators' own time: it drives what a provider would time (retries, expiry), never Thor. */

export interface SimClock {
  now: () => number;
  /** Runs `due` once the simulator time reaches `at`; the returned function calls it off. */
  schedule: (at: number, due: () => void) => () => void;
  advance: (ms: number) => void;
  set: (at: number) => void;
  freeze: (isFrozen: boolean) => void;
  close: () => void;
}

interface Timer {
  at: number;
  due: () => void;
}

const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;

/** A clock that follows `real` until it is frozen or moved. */
export function createSimClock(real: () => number): SimClock {
  let offset = 0;
  let frozenAt: number | undefined;
  let wake: NodeJS.Timeout | undefined;
  const timers = new Set<Timer>();
  const now = () => frozenAt ?? real() + offset;

  const fire = () => {
    clearTimeout(wake);
    const ready = [...timers].filter(({ at }) => at <= now()).toSorted((a, b) => a.at - b.at);
    for (const timer of ready) {
      timers.delete(timer);
      timer.due();
    }
    const next = Math.min(...[...timers].map(({ at }) => at));
    if (timers.size === 0 || frozenAt !== undefined) return;
    wake = setTimeout(fire, Math.min(Math.max(next - now(), 1), LONGEST_TIMEOUT_MS));
    wake.unref();
  };

  return {
    now,
    schedule: (at, due) => {
      const timer = { at, due };
      timers.add(timer);
      fire();
      return () => {
        timers.delete(timer);
      };
    },
    advance: (ms) => {
      if (frozenAt === undefined) offset += ms;
      else frozenAt += ms;
      fire();
    },
    set: (at) => {
      if (frozenAt === undefined) offset = at - real();
      else frozenAt = at;
      fire();
    },
    freeze: (isFrozen) => {
      if (!isFrozen && frozenAt !== undefined) offset = frozenAt - real();
      frozenAt = isFrozen ? now() : undefined;
      fire();
    },
    close: () => {
      clearTimeout(wake);
      timers.clear();
    },
  };
}
