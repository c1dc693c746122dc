/** What stored messages mean for a turn: the only way it ends. */
import { MAX_QUOTA_PARKS, quotaResumeAt } from "./park.ts";
import {
  afterFailedSend,
  end,
  onOutput,
  onRetry,
  park,
  resume,
  send,
  sendAgain,
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
/** A turn that was cut off so long ago is not continued unasked: people may have done it themselves. */
const TOO_OLD_MS = 30 * 60_000;

interface At {
  nudges: number;
  restarts: number;
  now: number;
  chance: number;
}

const isWaitingForLife = ({ phase }: TurnState) => phase === "opening" || phase === "resuming";

function onMissingPrompt(state: TurnState, at: At): Step {
  const { now } = at;
  if (state.isSending) return stay(state);
  if (state.abort !== undefined) return abortedEnd(state, at);
  if (state.sends === 0 && !state.mayBegin) return park(state, now, { why: "start_lost" });
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
  return state.phase === "aborting" ? abortedEnd(state, at) : onRestart({ ...state, cutSince }, found, at);
}

function onRestart(state: TurnState, found: Cut, { restarts, now }: At): Step {
  if (state.heldError !== undefined) return end(state, { status: "error", error: state.heldError.text });
  if (state.phase === "resuming" && state.resumeSince !== undefined && now - state.resumeSince < RESUME_PATIENCE_MS)
    return stay(state);
  if (restarts >= MAX_RESTARTS || now - state.heardAt > TOO_OLD_MS) return park(state, now, { why: "restart" });
  if (found.kind === "unanswered" || found.tool === undefined) return resume(state, now);
  return resume(state, now, { kind: "restart_note", number: restarts + 1, tool: found.tool });
}

/** The end, or the rest, that an abort was asked for. */
function abortedEnd(state: TurnState, { now, chance }: At): Step {
  const { abort: asked, quotaParks } = state;
  if (asked === undefined) return end(state, { status: "aborted", reason: "aborted_elsewhere" });
  const { why, reason, until } = asked;
  switch (why) {
    case "stop":
      return end(state, { status: "aborted", reason: USER_STOP });
    case "deadline":
      return end(state, { status: "error", error: "the run took too long", reason: why });
    case "budget":
      return end(state, { status: "budget", reason });
    case "stuck":
      return park(state, now, { why, note: reason });
    case "silence":
      return sendAgain(state, now);
    case "provider":
      return quotaParks >= MAX_QUOTA_PARKS
        ? end(state, { status: "error", error: reason, reason: "quota" })
        : park(state, now, {
            why: "quota",
            note: reason,
            until: quotaResumeAt({ now, until, parks: quotaParks, chance }),
          });
  }
}

type Ended = Extract<Verdict, { kind: "completed" | "failed" | "config_error" | "overflow" | "aborted" }>;

const ENDED: ReadonlySet<Verdict["kind"]> = new Set(["completed", "failed", "config_error", "overflow", "aborted"]);
const isEnded = (found: Verdict): found is Ended => ENDED.has(found.kind);

function provenEnd(state: TurnState, found: Ended, at: At): Step {
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
      if (state.mayReplace)
        return stay({ ...state, mayReplace: false, phase: "resuming", ...since(state, at.now) }, { kind: "replace" });
      return end(state, { status: "error", error: "Context window exceeded", reason: "context_overflow" });
    case "aborted":
      return abortedEnd(state, at);
  }
}

const since = (state: TurnState, now: number) => ({ resumeSince: now, resumedFrom: state.lastAnswer });

/** What is stored is still what made Thor send the prompt again, and nothing came of that yet. */
function isOldNews({ phase, resumeSince, resumedFrom, lastAnswer }: TurnState, now: number): boolean {
  if (phase !== "resuming" || resumeSince === undefined || resumedFrom === undefined) return false;
  return lastAnswer === resumedFrom && now - resumeSince < RESUME_PATIENCE_MS;
}

/** A turn that works on when its error's time is over has outlived that error. */
function onLive(before: TurnState, found: { isToolRunning: boolean }, { limits, now }: Here): Step {
  const state = { ...before, isToolRunning: found.isToolRunning };
  const isGraceOver = state.heldError !== undefined && now - state.heldError.since > limits.graceMs;
  return isWaitingForLife(state) || isGraceOver ? onOutput(state) : stay(state);
}

const isCut = ({ kind }: Verdict) => kind === "interrupted" || kind === "unanswered";

type Here = Pick<At, "now" | "chance"> & { limits: TurnLimits };

function afterLook(before: TurnState, input: Extract<TurnInput, { kind: "snapshot" }>, now: number): TurnState {
  return {
    ...before,
    isStale: false,
    isSnapshotAsked: false,
    isSnapshotWanted: false,
    snapshotAt: now,
    isWaiting: input.isWaiting,
    lastAnswer: input.lastAnswer,
    cutSince: isCut(input.verdict) ? before.cutSince : undefined,
  };
}

/** A verdict that something has ended, well or badly. */
type Final = Ended | Extract<Verdict, { kind: "empty" | "failed_empty" }>;

const isFinal = (found: Verdict): found is Final =>
  isEnded(found) || found.kind === "empty" || found.kind === "failed_empty";

function onFinal(state: TurnState, found: Final, at: At): Step {
  if (state.phase === "aborting" && ENDED_BY_ABORT.has(found.kind)) return abortedEnd(state, at);
  if (isOldNews(state, at.now)) return stay(state);
  return found.kind === "empty" || found.kind === "failed_empty"
    ? onFailure(state, found, at)
    : provenEnd(state, found, at);
}

/** What a look at the stored messages means for the turn. */
export function onSnapshot(before: TurnState, input: Extract<TurnInput, { kind: "snapshot" }>, here: Here): Step {
  const { verdict: found } = input;
  const at: At = { ...here, nudges: input.nudges, restarts: input.restarts };
  const state = afterLook(before, input, here.now);
  if (state.phase === "parked") return stay(state);
  if (isFinal(found)) return onFinal(state, found, at);
  switch (found.kind) {
    case "live":
      return onLive(state, found, here);
    case "retry":
      return onRetry(state, found, here.now);
    case "not_sent":
      return onMissingPrompt(state, at);
    case "interrupted":
    case "unanswered":
      return onCut(state, found, at);
  }
}
