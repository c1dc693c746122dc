/** A background loop: runs `turn`, sleeps until woken or due, survives faults, and stops after the turn in hand. */
import type { Log } from "./log.ts";

export interface LoopOptions {
  name: string;
  log: Log;
  /** One round of work; answers how long the loop may sleep at most, in ms. */
  turn: (signal: AbortSignal) => Promise<number>;
  /** Sleep after a turn that threw, in ms. */
  faultDelayMs?: number;
}

export interface Loop {
  /** Starts the next turn at once, or right after the running one. */
  wake: () => void;
  /** Resolves when the running turn has ended; no further turn starts. */
  stop: () => Promise<void>;
}

export function startLoop({ name, log, turn, faultDelayMs = 1000 }: LoopOptions): Loop {
  const abort = new AbortController();
  let woken = false;
  let interruptSleep: (() => void) | undefined;

  const sleep = (ms: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      interruptSleep = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const runTurn = async () => {
    try {
      return await turn(abort.signal);
    } catch (err) {
      log.error({ event: "loop_fault", loop: name, err }, "loop turn failed");
      return faultDelayMs;
    }
  };

  const run = async () => {
    while (!abort.signal.aborted) {
      woken = false;
      const delayMs = await runTurn();
      if (!woken && !abort.signal.aborted) await sleep(Math.max(0, delayMs));
    }
  };
  const done = run();

  return {
    wake: () => {
      woken = true;
      interruptSleep?.();
    },
    stop: () => {
      abort.abort();
      interruptSleep?.();
      return done;
    },
  };
}
