/**
 * One turn as a state machine: `step(state, input, now) → state + effects`, total and without any waiting.
 *
 *   opening ──sent──▶ running ◀──▶ grace (an error is held: it may recover)
 *      │                │  ▲
 *      │                ▼  │ new output
 *      │             resuming (same prompt again, or a nudge)
 *      │                │
 *      └────────────────┴──▶ aborting ──▶ done          stale: judged only after a fresh snapshot
 *
 * Only a snapshot's verdict ends a turn; an `idle` event merely asks for one.
 */
import { onEvent } from "./on-event.ts";
import { onSnapshot } from "./on-snapshot.ts";
import {
  abort,
  afterFailedSend,
  askSnapshot,
  end,
  send,
  stay,
  type Step,
  type TurnInput,
  type TurnLimits,
  type TurnState,
} from "./state.ts";

interface At {
  now: number;
  limits: TurnLimits;
}

const STALE_RETRY_MS = 2000;
const QUIET_MS = 30_000;
const ALWAYS_MS = 5 * 60_000;
const ABORT_AGAIN_MS = 10_000;
const MAX_ABORTS = 3;

function onSent(before: TurnState, input: Extract<TurnInput, { kind: "sent" }>, now: number): Step {
  const state: TurnState = { ...before, isSending: false };
  const detail = input.detail ?? "the prompt was not accepted";
  switch (input.result) {
    case "ok":
      return askSnapshot({ ...state, isStale: false });
    case "refused":
      return end(state, { status: "error", error: detail, reason: "prompt_refused" });
    case "missing":
      return end(state, { status: "error", error: "the session is gone", reason: "session_lost" });
    case "failed":
      return state.phase === "opening" ? afterFailedSend(state, now, detail) : stay({ ...state, isStale: true });
  }
}

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
  { heldError, cutSince, lastEventAt, snapshotAt }: TurnState,
  limits: TurnLimits,
  now: number,
): boolean {
  const isGraceOver = heldError !== undefined && now - heldError.since > limits.graceMs;
  return (
    isGraceOver ||
    cutSince !== undefined ||
    now - Math.max(lastEventAt, snapshotAt) > QUIET_MS ||
    now - snapshotAt > ALWAYS_MS
  );
}

function onTick(state: TurnState, limits: TurnLimits, now: number): Step {
  if (state.isStale)
    return now - state.snapshotAt > STALE_RETRY_MS ? askSnapshot({ ...state, snapshotAt: now }) : stay(state);
  if (state.sendDueAt !== undefined && now >= state.sendDueAt) return send(state);
  if (state.abort !== undefined) return onSlowAbort(state, state.abort, now);
  if (now - state.startedAt > limits.runMaxMs)
    return abort(state, now, { why: "deadline", reason: "the run took too long" });
  return isSnapshotDue(state, limits, now) ? askSnapshot(state) : stay(state);
}

/** A snapshot may be older than what happened while it was taken; then the next one follows at once. */
function onTaken(before: TurnState, input: Extract<TurnInput, { kind: "snapshot" }>, at: At): Step {
  const { state, effects } = onSnapshot(before, input, at);
  if (!before.isSnapshotWanted || state.phase === "done") return { state, effects };
  return { state: { ...state, isSnapshotAsked: true }, effects: [...effects, { kind: "snapshot" }] };
}

/** What a sub-agent does shows that the turn is alive, no more. */
const onAnyEvent = (state: TurnState, { event, isLead }: Extract<TurnInput, { kind: "event" }>, now: number): Step =>
  isLead ? onEvent(state, event, now) : stay(state);

/** The next state and what has to be done; nothing is done once the turn is over. */
export function step(before: TurnState, input: TurnInput, at: At): Step {
  const { now, limits } = at;
  if (before.phase === "done") return stay(before);
  switch (input.kind) {
    case "start":
      return askSnapshot(before);
    case "tick":
      return onTick(before, limits, now);
    case "event":
      return onAnyEvent({ ...before, lastEventAt: now }, input, now);
    case "gap_open":
      return stay({ ...before, isStale: true });
    case "gap_closed":
      return askSnapshot({ ...before, isSnapshotAsked: false, isSnapshotWanted: false, isSending: false });
    case "sent":
      return onSent(before, input, now);
    case "snapshot":
      return onTaken(before, input, at);
    case "snapshot_failed":
      return stay({ ...before, isSnapshotAsked: false, isSnapshotWanted: false, isStale: true });
    case "stop":
      return abort(before, now, { why: "stop", reason: "a person stopped it" });
    case "unresponsive":
      return unresponsive(before);
  }
}
