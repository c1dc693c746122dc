/** How many calls run at once: per session, and in the whole service; who is over waits a bounded time. */

export interface GateLimits {
  runningPerSession: number;
  /** Of those, calls that may run for long. */
  longPerSession?: number;
  waitingPerSession: number;
  waitMs: number;
  runningInAll: number;
}
export type Entered = { kind: "entered"; leave: () => void } | { kind: "busy" } | { kind: "cancelled" };

export interface Entrant {
  session: string;
  isLong?: boolean;
}
interface Waiting extends Entrant {
  start: () => void;
}

/** Admits calls in the order they came, each session within its own share. */
export function createCallGate(limits: GateLimits) {
  const running = new Set<Entrant>();
  let waiting: Waiting[] = [];

  const { longPerSession = limits.runningPerSession } = limits;
  const hasRoom = ({ session, isLong = false }: Entrant) => {
    const own = [...running].filter((other) => other.session === session);
    const isInShare = own.length < limits.runningPerSession && running.size < limits.runningInAll;
    return isInShare && (!isLong || own.filter((other) => other.isLong === true).length < longPerSession);
  };
  const admitNext = () => {
    const next = waiting.find(hasRoom);
    if (next === undefined) return;
    waiting = waiting.filter((other) => other !== next);
    next.start();
  };
  const start = (entrant: Entrant): Entered => {
    running.add(entrant);
    const leave = () => {
      if (running.delete(entrant)) admitNext();
    };
    return { kind: "entered", leave };
  };
  const wait = (entrant: Entrant, signal: AbortSignal) =>
    new Promise<Entered>((resolve) => {
      const giveUp = (kind: "busy" | "cancelled") => () => {
        waiting = waiting.filter((other) => other !== mine);
        settle({ kind });
      };
      const timer = setTimeout(giveUp("busy"), limits.waitMs);
      const cancel = giveUp("cancelled");
      const settle = (entered: Entered) => {
        clearTimeout(timer);
        signal.removeEventListener("abort", cancel);
        resolve(entered);
      };
      const mine: Waiting = {
        ...entrant,
        start: () => settle(start(entrant)),
      };
      signal.addEventListener("abort", cancel, { once: true });
      waiting.push(mine);
    });

  return {
    enter: async (entrant: Entrant, signal: AbortSignal): Promise<Entered> => {
      if (signal.aborted) return { kind: "cancelled" };
      if (hasRoom(entrant)) return start(entrant);
      const ahead = waiting.filter((other) => other.session === entrant.session).length;
      return ahead >= limits.waitingPerSession ? { kind: "busy" } : wait(entrant, signal);
    },
  };
}
export type CallGate = ReturnType<typeof createCallGate>;
