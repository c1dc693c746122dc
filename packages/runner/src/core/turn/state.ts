/** The state of a turn, what can happen to it and what it can ask for; the diagram is in step.ts. */
import type { EndedRunStatus } from "@thor/domain/run";

import type { OpencodeEvent } from "../opencode/project.ts";
import type { Verdict } from "./verdict.ts";

const SEND_PAUSES_MS = [500, 2000, 5000, 10_000, 20_000];
const MAX_RESUMES = 3;
/** More than the nudges a turn may get: some may not arrive. */
const MAX_NUDGE_TRIES = 6;
const RETRY_LIMITS = { attempts: 5, totalMs: 5 * 60_000, waitMs: 90_000 };

export interface TurnLimits {
  graceMs: number;
  runMaxMs: number;
}

type Phase = "opening" | "running" | "grace" | "resuming" | "aborting" | "done";

/** The recorded reason of a run that a person stopped. */
export const USER_STOP = "user_stop";

/** Why a turn is ended from outside: it took too long, its model would not answer, or a person said stop. */
export interface AbortCause {
  why: "deadline" | "provider" | "stop";
  reason: string;
}

export interface TurnState {
  phase: Phase;
  startedAt: number;
  /** Set while the event stream is broken or nothing has been compared since: no judgement is made. */
  isStale: boolean;
  lastEventAt: number;
  snapshotAt: number;
  isSnapshotAsked: boolean;
  /** Something happened after the snapshot in hand was asked for: it may be too old, so another follows it. */
  isSnapshotWanted: boolean;
  /** False for a run that waited so long for its start that people must ask again. */
  mayBegin: boolean;
  sends: number;
  /** The answer to a send is not there yet, so a prompt that is not stored proves nothing. */
  isSending: boolean;
  sendDueAt?: number | undefined;
  heldError?: { text: string; since: number } | undefined;
  /** When the turn was first seen cut off; the last writes of a turn may come just after its idle. */
  cutSince?: number | undefined;
  retrySince?: number | undefined;
  retryAttempt?: number | undefined;
  resumes: number;
  nudgeTries: number;
  resumeSince?: number | undefined;
  /** Errors that this turn has survived so far. */
  recovered: number;
  abort?: (AbortCause & { askedAt: number; asked: number }) | undefined;
}

export type TurnInput =
  | { kind: "start" }
  | { kind: "tick" }
  | { kind: "event"; event: OpencodeEvent; isLead: boolean }
  | { kind: "gap_open" }
  | { kind: "gap_closed" }
  | { kind: "sent"; result: "ok" | "failed" | "refused" | "missing"; detail?: string | undefined }
  | { kind: "snapshot"; verdict: Verdict; nudges: number; restarts: number }
  | { kind: "snapshot_failed" }
  /** A person wants it to end. */
  | { kind: "stop" }
  /** Nothing could make the session stop. */
  | { kind: "unresponsive" };

export type Effect =
  | { kind: "send" }
  | { kind: "snapshot" }
  | { kind: "abort" }
  | { kind: "nudge"; number: number }
  | { kind: "restart_note"; number: number; tool: { name: string; title: string } }
  | {
      kind: "end";
      status: EndedRunStatus;
      reason?: string | undefined;
      error?: string | undefined;
      answer?: string | undefined;
      /** Errors on the way to this end. */
      recovered?: number | undefined;
    };

export interface Step {
  state: TurnState;
  effects: Effect[];
}

export const newTurn = (now: number, { mayBegin = true }: { mayBegin?: boolean } = {}): TurnState => ({
  phase: "opening",
  startedAt: now,
  isStale: true,
  lastEventAt: now,
  snapshotAt: now,
  isSnapshotAsked: false,
  isSnapshotWanted: false,
  mayBegin,
  sends: 0,
  isSending: false,
  resumes: 0,
  nudgeTries: 0,
  recovered: 0,
});

export const stay = (state: TurnState, ...effects: Effect[]): Step => ({ state, effects });

export const end = (state: TurnState, how: Omit<Extract<Effect, { kind: "end" }>, "kind">): Step => ({
  state: { ...state, phase: "done" },
  effects: [{ kind: "end", ...how }],
});

export function askSnapshot(state: TurnState): Step {
  return state.isSnapshotAsked
    ? stay({ ...state, isSnapshotWanted: true })
    : stay({ ...state, isSnapshotAsked: true }, { kind: "snapshot" });
}

export function send(state: TurnState): Step {
  return stay({ ...state, sends: state.sends + 1, sendDueAt: undefined, isSending: true }, { kind: "send" });
}

/** Continues the very turn by sending the same ids again: OpenCode takes that as one turn. */
export function resume(state: TurnState, now: number, effect: Effect = { kind: "send" }): Step {
  const isNudge = effect.kind === "nudge";
  if (isNudge ? state.nudgeTries >= MAX_NUDGE_TRIES : state.resumes >= MAX_RESUMES)
    return end(state, { status: "error", error: "the turn could not be resumed", reason: "resume_failed" });
  const resumed: TurnState = {
    ...state,
    phase: "resuming",
    resumes: state.resumes + (isNudge ? 0 : 1),
    nudgeTries: state.nudgeTries + (isNudge ? 1 : 0),
    resumeSince: now,
    cutSince: undefined,
    heldError: undefined,
    recovered: state.recovered + (isNudge ? 1 : 0),
    isSending: effect.kind === "send",
  };
  return stay(resumed, effect);
}

export function abort(state: TurnState, now: number, cause: AbortCause): Step {
  const asked = (state.abort?.asked ?? 0) + 1;
  return stay({ ...state, phase: "aborting", abort: { ...cause, askedAt: now, asked } }, { kind: "abort" });
}

export function afterFailedSend(state: TurnState, now: number, detail: string): Step {
  const pause = SEND_PAUSES_MS[state.sends - 1];
  if (pause === undefined) return end(state, { status: "error", error: detail, reason: "prompt_not_accepted" });
  return stay({ ...state, sendDueAt: now + pause });
}

/** Output of this turn: whatever was feared has not happened. */
export function onOutput(state: TurnState): Step {
  switch (state.phase) {
    case "opening":
    case "resuming":
      return stay({ ...state, phase: "running", resumeSince: undefined, sendDueAt: undefined });
    case "grace":
      return stay({ ...state, phase: "running", heldError: undefined, recovered: state.recovered + 1 });
    case "running":
    case "aborting":
    case "done":
      return stay(state);
  }
}

export function onRetry(
  state: TurnState,
  retry: { attempt: number; message: string; next: number },
  now: number,
): Step {
  if (state.phase === "aborting") return stay(state);
  const since = state.retrySince ?? now;
  const { attempts, totalMs, waitMs } = RETRY_LIMITS;
  const isTooLong = retry.attempt > attempts || now - since > totalMs || retry.next - now > waitMs;
  const waiting: TurnState = {
    ...state,
    phase: state.phase === "opening" ? "running" : state.phase,
    retrySince: since,
    retryAttempt: retry.attempt,
    recovered: state.recovered + (retry.attempt === state.retryAttempt ? 0 : 1),
  };
  return isTooLong ? abort(waiting, now, { why: "provider", reason: retry.message }) : stay(waiting);
}
