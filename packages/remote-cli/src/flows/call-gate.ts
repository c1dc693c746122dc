/** How many calls run at once: per session, and in the whole service; who is over waits a bounded time. */

export interface GateLimits {
  runningPerSession: number;
  waitingPerSession: number;
  waitMs: number;
  runningInAll: number;
}
export type Entered = { kind: "entered"; leave: () => void } | { kind: "busy" } | { kind: "cancelled" };

interface Waiting {
  session: string;
  start: () => void;
}

/** Admits calls in the order they came, each session within its own share. */
export function createCallGate(limits: GateLimits) {
  const running = new Map<string, number>();
  let runningInAll = 0;
  let waiting: Waiting[] = [];

  const hasRoom = (session: string) =>
    (running.get(session) ?? 0) < limits.runningPerSession && runningInAll < limits.runningInAll;
  const start = (session: string) => {
    running.set(session, (running.get(session) ?? 0) + 1);
    runningInAll += 1;
  };
  const admitNext = () => {
    const next = waiting.find(({ session }) => hasRoom(session));
    if (next === undefined) return;
    waiting = waiting.filter((other) => other !== next);
    next.start();
  };
  const leaver = (session: string) => () => {
    const left = (running.get(session) ?? 1) - 1;
    if (left === 0) running.delete(session);
    else running.set(session, left);
    runningInAll -= 1;
    admitNext();
  };
  const wait = (session: string, signal: AbortSignal) =>
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
        session,
        start: () => {
          start(session);
          settle({ kind: "entered", leave: leaver(session) });
        },
      };
      signal.addEventListener("abort", cancel, { once: true });
      waiting.push(mine);
    });

  return {
    enter: async (session: string, signal: AbortSignal): Promise<Entered> => {
      if (signal.aborted) return { kind: "cancelled" };
      if (hasRoom(session)) {
        start(session);
        return { kind: "entered", leave: leaver(session) };
      }
      const ahead = waiting.filter((other) => other.session === session).length;
      return ahead >= limits.waitingPerSession ? { kind: "busy" } : wait(session, signal);
    },
  };
}
export type CallGate = ReturnType<typeof createCallGate>;
