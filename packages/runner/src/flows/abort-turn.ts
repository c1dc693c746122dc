/** Ends a running turn for a newer one: asks, and goes on only when stored messages prove the end. */
import type { Snapshot, TakeSnapshot } from "./take-snapshot.ts";

const POLLS_MS = [0, 100, 300, 500];
const POLL_MS = 1000;

export interface AbortTurnDeps {
  now: () => number;
  pause: (ms: number) => Promise<void>;
  timeoutMs: number;
  abortSession: (sessionId: string, timeoutMs: number) => Promise<unknown>;
  takeSnapshot: TakeSnapshot;
}

/** An idle session whose last message stays open was cut by a restart: nobody will ever close that message. */
const PATIENCE_POLLS = 5;

function isOver(taken: Snapshot, sessions: ReadonlySet<string>, poll: number): boolean {
  if (taken.kind !== "snapshot") return taken.kind === "session_missing";
  if ([...sessions].some((id) => taken.busySessions.has(id))) return false;
  if (poll >= PATIENCE_POLLS) return true;
  const last = taken.snapshot.messages.findLast(({ info }) => info.role === "assistant");
  return last === undefined || last.info.time.completed !== undefined || last.info.error !== undefined;
}

export const createAbortTurn =
  (deps: AbortTurnDeps) =>
  async (turn: {
    sessionId: string;
    directory: string;
    promptMessageId: string;
    sessions: ReadonlySet<string>;
  }): Promise<"ended" | "unproven"> => {
    const until = deps.now() + deps.timeoutMs;
    for (let poll = 0; deps.now() < until; poll += 1) {
      if (poll % POLLS_MS.length === 0) await deps.abortSession(turn.sessionId, until - deps.now());
      // Proof is what is stored after the answer; an answer that never comes must not outlast the caller's patience.
      await deps.pause(POLLS_MS[poll] ?? POLL_MS);
      if (isOver(await deps.takeSnapshot(turn), turn.sessions, poll)) return "ended";
    }
    return "unproven";
  };
