/**
 * One turn as a state machine: `step(state, input, now) → state + effects`, total and without any waiting.
 *
 *   opening ──sent──▶ running ◀──▶ grace (an error is held: it may recover)
 *      │                │  ▲
 *      │                ▼  │ new output
 *      │             resuming (same prompt again, or a nudge)
 *      │                │
 *      └────────────────┴──▶ aborting ──▶ done          stale: judged only after a fresh snapshot
 *                                 └─────▶ parked ──time, or a person──▶ resuming
 *
 * Only a snapshot's verdict ends a turn; an `idle` event merely asks for one.
 */
import type { OpencodeEvent } from "../opencode/project.ts";
import { onEvent } from "./on-event.ts";
import { onSnapshot } from "./on-snapshot.ts";
import { MAX_PARK_MS } from "./park.ts";
import {
  abort,
  afterFailedSend,
  askSnapshot,
  end,
  park,
  send,
  sendAgain,
  stay,
  type Effect,
  type Step,
  type TurnInput,
  type TurnLimits,
  type TurnState,
  USER_STOP,
} from "./state.ts";

interface At {
  now: number;
  limits: TurnLimits;
  /** Between 0 and 1, for waits that must not end together. */
  chance: number;
}

const STALE_RETRY_MS = 2000;
const QUIET_MS = 30_000;
const ALWAYS_MS = 5 * 60_000;
const WAITING_MS = 5000;
/** A turn that was begun shows its first sign of life sooner than this. */
const PROOF_MS = 1000;
const ABORT_AGAIN_MS = 10_000;
const MAX_ABORTS = 3;

function onSent(before: TurnState, input: Extract<TurnInput, { kind: "sent" }>, now: number): Step {
  const state: TurnState = { ...before, isSending: false };
  const detail = input.detail ?? "the prompt was not accepted";
  if (state.phase === "parked") return stay(state);
  switch (input.result) {
    case "ok":
      return onSentWell({ ...state, isStale: false }, now);
    case "refused":
      return end(state, { status: "error", error: detail, reason: "prompt_refused" });
    case "missing":
      return end(state, { status: "error", error: "the session is gone", reason: "session_lost" });
    case "failed":
      return state.phase === "opening" ? afterFailedSend(state, now, detail) : stay(unsure(state, now));
  }
}

/** A turn that starts says so by itself; only when it does not is OpenCode asked whether it keeps the prompt. */
const onSentWell = (state: TurnState, now: number): Step =>
  state.phase === "opening" || state.phase === "running" ? stay({ ...state, takenAt: now }) : askSnapshot(state);

/** An abort that nothing proves is asked for again, a few times. */
function onSlowAbort(state: TurnState, asked: NonNullable<TurnState["abort"]>, now: number): Step {
  if (now - asked.askedAt <= ABORT_AGAIN_MS) return askSnapshot(state);
  if (asked.asked < MAX_ABORTS) return abort(state, now, asked);
  return unresponsive(state);
}

const unresponsive = (state: TurnState): Step =>
  end(state, { status: "error", error: "the session does not respond", reason: "session_unresponsive" });

/** Whether it is time to compare with what OpenCode has stored, although no event asked for it. */
function isSnapshotDue(
  { heldError, cutSince, lastEventAt, snapshotAt, isWaiting, phase, takenAt }: TurnState,
  limits: TurnLimits,
  now: number,
): boolean {
  const isGraceOver = heldError !== undefined && now - heldError.since > limits.graceMs;
  return (
    isGraceOver ||
    cutSince !== undefined ||
    (phase === "opening" && takenAt !== undefined && now - takenAt > PROOF_MS) ||
    (isWaiting && now - snapshotAt > WAITING_MS) ||
    now - Math.max(lastEventAt, snapshotAt) > QUIET_MS ||
    now - snapshotAt > ALWAYS_MS
  );
}

/** Lets a parked turn go on: by the same prompt, or by its first one. */
function unpark(parked: TurnState, now: number): Step {
  // While it stood still nobody looked: how long OpenCode has been away counts from now.
  const state = { ...parked, staleSince: now };
  if (state.park?.why !== "start_lost") return sendAgain({ ...state, resumes: 0 }, now, { kind: "unpark" });
  const { state: sent, effects } = send({ ...state, phase: "opening", mayBegin: true, park: undefined });
  return stay(sent, { kind: "unpark" }, ...effects);
}

function onParkedTick(state: TurnState, { now, limits }: At): Step {
  const { since = now, until, why } = state.park ?? {};
  if (now - Math.max(since, until ?? 0) > MAX_PARK_MS)
    return end(state, { status: "error", error: "nobody let it go on", reason: "parked_too_long" });
  const isDue = until !== undefined && now >= until && (why !== "quota" || limits.autoResume);
  return isDue ? unpark(state, now) : stay(state);
}

function onStaleTick(state: TurnState, { now, limits }: At): Step {
  if (state.abort === undefined && now - state.staleSince > limits.downMs)
    return park(state, now, { why: "runtime_down" });
  return now - state.snapshotAt > STALE_RETRY_MS ? askSnapshot({ ...state, snapshotAt: now }) : stay(state);
}

/** A model that does not answer is asked once more; then people decide. */
function onSilence(state: TurnState, { now, limits }: At): Step {
  const why = state.stuckHits === 0 ? "silence" : "stuck";
  const noted = { ...state, stuckHits: state.stuckHits + 1, lastEventAt: now };
  return abort(noted, now, { why, reason: `the model has said nothing for ${Math.round(limits.silenceMs / 1000)} s` });
}

const isSilent = ({ phase, isWaiting, isToolRunning, lastEventAt }: TurnState, { now, limits }: At) =>
  phase === "running" && !isWaiting && !isToolRunning && now - lastEventAt > limits.silenceMs;

function onTick(state: TurnState, at: At): Step {
  const { now, limits } = at;
  if (state.phase === "parked") return onParkedTick(state, at);
  if (state.isStale) return onStaleTick(state, at);
  if (state.sendDueAt !== undefined && now >= state.sendDueAt) return send(state);
  if (state.abort !== undefined) return onSlowAbort(state, state.abort, now);
  if (state.activeMs > limits.runMaxMs) return abort(state, now, { why: "deadline", reason: "the run took too long" });
  if (isSilent(state, at)) return onSilence(state, at);
  return isSnapshotDue(state, limits, now) ? askSnapshot(state) : stay(state);
}

function onStop(state: TurnState, now: number): Step {
  return state.phase === "parked"
    ? end(state, { status: "aborted", reason: USER_STOP })
    : abort(state, now, { why: "stop", reason: "a person stopped it" });
}

function onBudget(state: TurnState, reason: string, now: number): Step {
  if (state.abort !== undefined) return stay(state);
  return state.phase === "parked" || state.sends === 0
    ? end(state, { status: "budget", reason })
    : abort(state, now, { why: "budget", reason });
}

/** The first time the agent is told; the second time people are. */
function onStuck(state: TurnState, what: string, now: number): Step {
  if (state.phase !== "running") return stay(state);
  const noted = { ...state, stuckHits: state.stuckHits + 1 };
  return state.stuckHits === 0
    ? stay(noted, { kind: "hint", what })
    : abort(noted, now, { why: "stuck", reason: what });
}

/** A snapshot may be older than what happened while it was taken; then the next one follows at once. */
function onTaken(before: TurnState, input: Extract<TurnInput, { kind: "snapshot" }>, at: At): Step {
  const { state, effects } = onSnapshot(before, input, at);
  if (!before.isSnapshotWanted || state.phase === "done" || state.phase === "parked") return { state, effects };
  return { state: { ...state, isSnapshotAsked: true }, effects: [...effects, { kind: "snapshot" }] };
}

const isAsked = ({ type }: OpencodeEvent) => type === "question.asked" || type === "permission.asked";

/** What a sub-agent does shows that the turn is alive; only what it asks people concerns the turn itself. */
const onAnyEvent = (state: TurnState, { event, isLead }: Extract<TurnInput, { kind: "event" }>, now: number): Step =>
  isLead || isAsked(event) ? onEvent(state, event, now) : stay(state);

/** Time passes only while the agent works: waiting for people or for quota has no deadline. */
function counted(state: TurnState, now: number): TurnState {
  const isIdle = state.phase === "parked" || state.isWaiting;
  return { ...state, activeMs: state.activeMs + (isIdle ? 0 : now - state.countedAt), countedAt: now };
}

const unsure = (state: TurnState, now: number): TurnState => ({
  ...state,
  isStale: true,
  staleSince: state.isStale ? state.staleSince : now,
});

/** What OpenCode did, or did not do. */
type Reported = Extract<
  TurnInput,
  { kind: "event" | "gap_open" | "gap_closed" | "sent" | "snapshot" | "snapshot_failed" }
>;

function onReport(before: TurnState, input: Reported, at: At): Step {
  const { now } = at;
  switch (input.kind) {
    case "event":
      return onAnyEvent({ ...before, lastEventAt: now, heardAt: now }, input, now);
    case "gap_open":
      return stay(unsure(before, now));
    case "gap_closed":
      return askSnapshot({ ...before, isSnapshotAsked: false, isSnapshotWanted: false, isSending: false });
    case "sent":
      return onSent(before, input, now);
    case "snapshot":
      return onTaken(before, input, at);
    case "snapshot_failed":
      return stay({ ...unsure(before, now), isSnapshotAsked: false, isSnapshotWanted: false });
  }
}

const sendFirst = (state: TurnState) => (state.phase === "opening" && state.sends === 0 ? send(state) : look(state));

const look = (state: TurnState) => (state.phase === "parked" ? stay(state) : askSnapshot(state));

/** What time, people and the rest of Thor want of the turn. */
function onWish(before: TurnState, input: Exclude<TurnInput, Reported>, at: At): Step {
  const { now } = at;
  switch (input.kind) {
    case "start":
      return input.isFresh === true ? sendFirst(before) : look(before);
    case "look":
      return look(before);
    case "tick":
      return onTick(before, at);
    case "continue":
      return before.phase === "parked" ? unpark(before, now) : stay(before);
    case "stop":
      return onStop(before, now);
    case "over_budget":
      return onBudget(before, input.reason, now);
    case "stuck":
      return onStuck(before, input.what, now);
    case "not_replaced":
      return end(before, { status: "error", error: input.error, reason: "context_overflow" });
    case "unresponsive":
      return unresponsive(before);
  }
}

const REPORTS: ReadonlySet<string> = new Set([
  "event",
  "gap_open",
  "gap_closed",
  "sent",
  "snapshot",
  "snapshot_failed",
]);
const isReport = (input: TurnInput): input is Reported => REPORTS.has(input.kind);

const DRIVES: ReadonlySet<Effect["kind"]> = new Set(["send", "nudge", "restart_note", "replace", "park", "unpark"]);

/** Nobody's session is driven on for them: what would need that is the end of the watching. */
function watched({ state, effects }: Step): Step {
  if (effects.some(({ kind }) => DRIVES.has(kind)))
    return end(state, { status: "error", error: "it was cut off, and only its author may go on", reason: "not_ours" });
  return stay(state, ...effects.filter(({ kind }) => kind !== "hint"));
}

/** The next state and what has to be done; nothing is done once the turn is over. */
export function step(earlier: TurnState, input: TurnInput, at: At): Step {
  if (earlier.phase === "done") return stay(earlier);
  const before = counted(earlier, at.now);
  const made = isReport(input) ? onReport(before, input, at) : onWish(before, input, at);
  return earlier.isWatched ? watched(made) : made;
}
