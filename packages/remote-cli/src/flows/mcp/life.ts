/** The states of one connection with their timers, and a way to wait for the next of them. */
import type { Clock } from "@thor/kit/flow/clock";

import { nextConnection, type ConnectionInput, type ConnectionState } from "../../core/mcp/connection.ts";

export interface LifeDeps {
  clock: Clock;
  idleMs: number;
  onEnter: (kind: ConnectionState["kind"]) => void;
}

export function createLife({ clock, idleMs, onEnter }: LifeDeps) {
  let state: ConnectionState = { kind: "absent" };
  let timer: NodeJS.Timeout | undefined;
  const waiting = new Set<() => void>();

  const arm = (input: ConnectionInput, ms: number) => {
    timer = setTimeout(() => move(input), ms);
    timer.unref();
  };
  const move = (input: ConnectionInput): void => {
    const before = state;
    state = nextConnection(state, input, clock.chance());
    if (state === before) return;
    clearTimeout(timer);
    if (state.kind === "backoff") arm("due", state.delayMs);
    if (state.kind === "ready") arm("idle", idleMs);
    onEnter(state.kind);
    for (const wake of waiting) wake();
  };

  return {
    move,
    kind: () => state.kind,
    isFirstTry: () => state.kind === "connecting" && state.triesLeft === 0,
    /** Counts idle time from now, or not at all while something is in flight. */
    restartIdle: (isIdle: boolean) => {
      if (state.kind !== "ready") return;
      clearTimeout(timer);
      if (isIdle) arm("idle", idleMs);
    },
    /** Resolves at the next change of state, or after `ms`. */
    changed: (ms: number) =>
      new Promise<void>((resolve) => {
        const wake = () => {
          clearTimeout(limit);
          waiting.delete(wake);
          resolve();
        };
        const limit = setTimeout(wake, ms);
        waiting.add(wake);
      }),
  };
}
export type Life = ReturnType<typeof createLife>;
