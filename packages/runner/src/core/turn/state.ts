/** The state of a turn, what can happen to it and what it can ask for; the diagram is in step.ts. */
import type { Park } from "@thor/domain/park";
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
  /** So long may OpenCode be away before people are asked. */
  downMs: number;
  /** So long may a turn say nothing while no tool works and nobody is asked. */
  silenceMs: number;
  /** Whether a run that waits for its provider's quota goes on by itself. */
  autoResume: boolean;
}

type Phase = "opening" | "running" | "grace" | "resuming" | "aborting" | "parked" | "done";

/** The recorded reason of a run that a person stopped. */
export const USER_STOP = "user_stop";

/** Why a turn is ended from outside: it is too long, too costly, goes in circles, or a person said stop. */
export interface AbortCause {
  why: "deadline" | "provider" | "stop" | "budget" | "stuck" | "silence";
  reason: string;
  /** When the provider will answer again, as far as it said. */
  until?: number | undefined;
}

export interface TurnState {
  phase: Phase;
  /** Time spent working, without waiting for people or for quota. */
  activeMs: number;
  countedAt: number;
  /** Set while the event stream is broken or nothing has been compared since: no judgement is made. */
  isStale: boolean;
  staleSince: number;
  /** Somebody was asked something and has not answered yet. */
  isWaiting: boolean;
  /** By the newest look: a tool is at work, so silence is no sign of trouble. */
  isToolRunning: boolean;
  /** When anything was last heard of this turn, by any process. */
  heardAt: number;
  lastEventAt: number;
  snapshotAt: number;
  isSnapshotAsked: boolean;
  /** Something happened after the snapshot in hand was asked for: it may be too old, so another follows it. */
  isSnapshotWanted: boolean;
  /** Somebody else began it, in OpenCode itself: it is watched and counted, and may be stopped. */
  isWatched: boolean;
  /** False for a run that waited so long for its start that people must ask again. */
  mayBegin: boolean;
  sends: number;
  /** When OpenCode took the prompt; that it keeps it is proven by what it says next. */
  takenAt?: number | undefined;
  /** The answer to a send is not there yet, so a prompt that is not stored proves nothing. */
  isSending: boolean;
  sendDueAt?: number | undefined;
  heldError?: { text: string; since: number } | undefined;
  /** When the turn was first seen cut off; the last writes of a turn may come just after its idle. */
  cutSince?: number | undefined;
  retrySince?: number | undefined;
  /** Which retry was counted last: when it is due tells one from another, also in another step. */
  retryNext?: number | undefined;
  resumes: number;
  nudgeTries: number;
  resumeSince?: number | undefined;
  /** The newest answer at the last look, and at the last resume: about that one nothing new is proven. */
  lastAnswer?: string | undefined;
  resumedFrom?: string | undefined;
  /** Whether the session may still be replaced by a fresh one. */
  mayReplace: boolean;
  park?: Park | undefined;
  quotaParks: number;
  /** How often the turn was seen to go in circles, or to say nothing for too long. */
  stuckHits: number;
  /** Errors that this turn has survived so far. */
  recovered: number;
  abort?: (AbortCause & { askedAt: number; asked: number }) | undefined;
}

export type TurnInput =
  /** `isFresh`: nobody has sent its prompt yet, so there is nothing to compare. */
  | { kind: "start"; isFresh?: boolean }
  | { kind: "tick" }
  | { kind: "event"; event: OpencodeEvent; isLead: boolean }
  | { kind: "gap_open" }
  | { kind: "gap_closed" }
  | { kind: "sent"; result: "ok" | "failed" | "refused" | "missing"; detail?: string | undefined }
  | { kind: "snapshot"; verdict: Verdict; nudges: number; restarts: number; lastAnswer?: string; isWaiting: boolean }
  | { kind: "snapshot_failed" }
  /** A person wants it to end. */
  | { kind: "stop" }
  /** Something may have changed that no event tells of. */
  | { kind: "look" }
  /** A person wants a parked turn to go on. */
  | { kind: "continue" }
  | { kind: "over_budget"; reason: string }
  /** The same was done again and again. */
  | { kind: "stuck"; what: string }
  | { kind: "not_replaced"; error: string }
  /** Nothing could make the session stop. */
  | { kind: "unresponsive" };

export type Effect =
  | { kind: "send" }
  | { kind: "snapshot" }
  | { kind: "abort" }
  | { kind: "nudge"; number: number }
  | { kind: "restart_note"; number: number; tool: { name: string; title: string } }
  /** Said to the agent while it works. */
  | { kind: "hint"; what: string }
  | { kind: "park"; park: Park }
  | { kind: "unpark" }
  /** The same prompt in a fresh session; whoever does it drives on with another turn. */
  | { kind: "replace" }
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

/** What an earlier process, or the ledger, knows about a turn. */
export interface TurnOrigin {
  mayBegin: boolean;
  isWatched: boolean;
  isSent: boolean;
  mayReplace: boolean;
  startedAt: number;
  heardAt: number;
  park?: Park | undefined;
}

export function newTurn(now: number, origin: Partial<TurnOrigin> = {}): TurnState {
  const known = { mayBegin: true, isWatched: false, isSent: false, mayReplace: true, ...origin };
  const { mayBegin, isWatched, isSent, mayReplace, startedAt = now, heardAt = now } = known;
  const { park: parked } = origin;
  return {
    phase: parked === undefined ? "opening" : "parked",
    activeMs: parked === undefined ? now - startedAt : 0,
    countedAt: now,
    isStale: true,
    staleSince: now,
    isWaiting: false,
    isToolRunning: false,
    heardAt,
    lastEventAt: now,
    snapshotAt: now,
    isSnapshotAsked: false,
    isSnapshotWanted: false,
    isWatched,
    mayBegin,
    sends: isSent ? 1 : 0,
    isSending: false,
    resumes: 0,
    nudgeTries: 0,
    mayReplace,
    park: parked,
    quotaParks: parked?.quotaParks ?? 0,
    stuckHits: 0,
    recovered: 0,
  };
}

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
  if (!isNudge && state.resumes >= MAX_RESUMES) return park(state, now, { why: "restart" });
  if (isNudge && state.nudgeTries >= MAX_NUDGE_TRIES)
    return end(state, { status: "error", error: "the turn could not be resumed", reason: "resume_failed" });
  const resumed: TurnState = {
    ...state,
    phase: "resuming",
    resumes: state.resumes + (isNudge ? 0 : 1),
    nudgeTries: state.nudgeTries + (isNudge ? 1 : 0),
    ...again(state, now),
    recovered: state.recovered + (isNudge ? 1 : 0),
    isSending: effect.kind === "send",
  };
  return stay(resumed, effect);
}

const again = (state: TurnState, now: number) => ({
  resumeSince: now,
  resumedFrom: state.lastAnswer,
  cutSince: undefined,
  heldError: undefined,
  retrySince: undefined,
  retryNext: undefined,
  abort: undefined,
});

/** The same prompt again, after something that was not the turn's fault. */
export function sendAgain(state: TurnState, now: number, ...first: Effect[]): Step {
  const resumed: TurnState = { ...state, ...again(state, now), phase: "resuming", park: undefined, isSending: true };
  return stay(resumed, ...first, { kind: "send" });
}

/** Stands still until its time has come, or a person lets it go on. */
export function park(state: TurnState, now: number, how: Pick<Park, "why" | "until" | "note">): Step {
  const quotaParks = state.quotaParks + (how.why === "quota" ? 1 : 0);
  const parked: Park = { ...how, since: now, quotaParks };
  const still: TurnState = { ...state, ...again(state, now), phase: "parked", park: parked, quotaParks };
  return stay({ ...still, resumeSince: undefined, sendDueAt: undefined }, { kind: "park", park: parked });
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
      return stay({ ...state, phase: "running", resumeSince: undefined, sendDueAt: undefined, takenAt: undefined });
    case "grace":
      return stay({ ...state, phase: "running", heldError: undefined, recovered: state.recovered + 1 });
    case "running":
    case "aborting":
    case "parked":
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
    retryNext: retry.next,
    recovered: state.recovered + (retry.next === state.retryNext ? 0 : 1),
  };
  return isTooLong ? abort(waiting, now, { why: "provider", reason: retry.message, until: retry.next }) : stay(waiting);
}
