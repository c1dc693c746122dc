/** What stored messages mean for a turn: the only way it ends. */
import {
  afterFailedSend,
  end,
  onOutput,
  onRetry,
  resume,
  send,
  stay,
  type Step,
  type TurnInput,
  type TurnLimits,
  type TurnState,
  USER_STOP,
} from "./state.ts";
import type { Verdict } from "./verdict.ts";

const RESUME_PATIENCE_MS = 30_000;
const MAX_NUDGES = 3;
const MAX_RESTARTS = 3;
/** So long must a turn look cut off: on an abort its last message is closed only after the session is idle. */
const CUT_MS = 1500;
/** With these a session is over, whatever else they mean, once an abort was asked for. */
const ENDED_BY_ABORT: ReadonlySet<Verdict["kind"]> = new Set(["empty", "failed_empty"]);
const START_LOST = "A restart came before this began. Mention me again to start it.";

interface At {
  nudges: number;
  restarts: number;
  now: number;
}

const isWaitingForLife = ({ phase }: TurnState) => phase === "opening" || phase === "resuming";

function onMissingPrompt(state: TurnState, now: number): Step {
  if (state.isSending) return stay(state);
  if (state.abort?.why === "stop") return abortedEnd(state);
  if (state.sends === 0 && !state.mayBegin)
    return end(state, { status: "crashed", reason: "start_lost", error: START_LOST });
  if (state.sends === 0) return send(state);
  if (state.heldError !== undefined)
    return end(state, { status: "error", error: state.heldError.text, reason: "config_error" });
  return afterFailedSend(state, now, "the prompt was not accepted");
}

function onFailure(
  state: TurnState,
  found: Extract<Verdict, { kind: "failed_empty" | "empty" }>,
  { nudges, now }: At,
): Step {
  const mayNudge = found.kind === "empty" ? nudges === 0 : nudges < MAX_NUDGES && found.isArmed;
  if (mayNudge) return resume(state, now, { kind: "nudge", number: nudges + 1 });
  if (found.kind === "empty") return end(state, { status: "completed", reason: "empty_answer" });
  return end(state, { status: "error", error: found.error });
}

type Cut = Extract<Verdict, { kind: "interrupted" | "unanswered" }>;

/** A turn that looks cut off is looked at again before anything is done about it. */
function onCut(state: TurnState, found: Cut, at: At): Step {
  const cutSince = state.cutSince ?? at.now;
  if (at.now - cutSince < CUT_MS) return stay({ ...state, cutSince });
  return state.phase === "aborting" ? abortedEnd(state) : onRestart({ ...state, cutSince }, found, at);
}

function onRestart(state: TurnState, found: Cut, { restarts, now }: At): Step {
  if (state.heldError !== undefined) return end(state, { status: "error", error: state.heldError.text });
  if (state.phase === "resuming" && state.resumeSince !== undefined && now - state.resumeSince < RESUME_PATIENCE_MS)
    return stay(state);
  if (found.kind === "unanswered" || found.tool === undefined) return resume(state, now);
  if (restarts >= MAX_RESTARTS) {
    return end(state, { status: "error", error: "the agent runtime kept restarting", reason: "resume_failed" });
  }
  return resume(state, now, { kind: "restart_note", number: restarts + 1, tool: found.tool });
}

function abortedEnd(state: TurnState): Step {
  const { abort: asked } = state;
  if (asked === undefined) return end(state, { status: "aborted", reason: "aborted_elsewhere" });
  if (asked.why === "stop") return end(state, { status: "aborted", reason: USER_STOP });
  const error = asked.why === "deadline" ? "the run took too long" : asked.reason;
  return end(state, { status: "error", error, reason: asked.why });
}

type Ended = Extract<Verdict, { kind: "completed" | "failed" | "config_error" | "overflow" | "aborted" }>;

const ENDED: ReadonlySet<Verdict["kind"]> = new Set(["completed", "failed", "config_error", "overflow", "aborted"]);
const isEnded = (found: Verdict): found is Ended => ENDED.has(found.kind);

function provenEnd(state: TurnState, found: Ended): Step {
  switch (found.kind) {
    case "completed":
      return end(state, {
        status: "completed",
        answer: found.text,
        reason: found.wasCut ? "answer_cut" : undefined,
        recovered: state.recovered,
      });
    case "failed":
      return end(state, { status: "error", error: found.error });
    case "config_error":
      return end(state, { status: "error", error: found.error, reason: "config_error" });
    case "overflow":
      return end(state, { status: "error", error: "Context window exceeded", reason: "context_overflow" });
    case "aborted":
      return abortedEnd(state);
  }
}

/** A turn that works on when its error's time is over has outlived that error. */
function onLive(state: TurnState, limits: TurnLimits, now: number): Step {
  const isGraceOver = state.heldError !== undefined && now - state.heldError.since > limits.graceMs;
  return isWaitingForLife(state) || isGraceOver ? onOutput(state) : stay(state);
}

const isCut = ({ kind }: Verdict) => kind === "interrupted" || kind === "unanswered";

/** What a look at the stored messages means for the turn. */
export function onSnapshot(
  before: TurnState,
  input: Extract<TurnInput, { kind: "snapshot" }>,
  { now, limits }: { now: number; limits: TurnLimits },
): Step {
  const { verdict: found } = input;
  const state: TurnState = {
    ...before,
    isStale: false,
    isSnapshotAsked: false,
    isSnapshotWanted: false,
    snapshotAt: now,
    cutSince: isCut(found) ? before.cutSince : undefined,
  };
  if (state.phase === "aborting" && ENDED_BY_ABORT.has(found.kind)) return abortedEnd(state);
  if (isEnded(found)) return provenEnd(state, found);
  switch (found.kind) {
    case "live":
      return onLive(state, limits, now);
    case "retry":
      return onRetry(state, found, now);
    case "not_sent":
      return onMissingPrompt(state, now);
    case "empty":
    case "failed_empty":
      return onFailure(state, found, { ...input, now });
    case "interrupted":
    case "unanswered":
      return onCut(state, found, { ...input, now });
  }
}
