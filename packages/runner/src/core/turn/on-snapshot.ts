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
  type TurnState,
} from "./state.ts";
import type { Verdict } from "./verdict.ts";

const RESUME_PATIENCE_MS = 30_000;
const MAX_NUDGES = 3;
const MAX_RESTARTS = 3;
/** With these a session is over, whatever else they mean, once an abort was asked for. */
const ENDED_BY_ABORT: ReadonlySet<Verdict["kind"]> = new Set(["empty", "failed_empty", "interrupted", "unanswered"]);

interface At {
  nudges: number;
  restarts: number;
  now: number;
}

const isWaitingForLife = ({ phase }: TurnState) => phase === "opening" || phase === "resuming";

function onMissingPrompt(state: TurnState, now: number): Step {
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
  const limit = found.kind === "empty" ? 1 : MAX_NUDGES;
  if (nudges < limit) return resume(state, now, { kind: "nudge", number: nudges + 1 });
  if (found.kind === "empty") return end(state, { status: "completed", reason: "empty_answer" });
  return end(state, { status: "error", error: found.error });
}

function onRestart(
  state: TurnState,
  found: Extract<Verdict, { kind: "interrupted" | "unanswered" }>,
  { restarts, now }: At,
): Step {
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
  const error = asked.why === "deadline" ? "the run took too long" : asked.reason;
  return end(state, { status: "error", error, reason: asked.why });
}

type Ended = Extract<Verdict, { kind: "completed" | "failed" | "config_error" | "overflow" | "aborted" }>;

const ENDED: ReadonlySet<Verdict["kind"]> = new Set(["completed", "failed", "config_error", "overflow", "aborted"]);
const isEnded = (found: Verdict): found is Ended => ENDED.has(found.kind);

function provenEnd(state: TurnState, found: Ended): Step {
  switch (found.kind) {
    case "completed":
      return end(state, { status: "completed", answer: found.text, reason: found.wasCut ? "answer_cut" : undefined });
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

export function onSnapshot(before: TurnState, input: Extract<TurnInput, { kind: "snapshot" }>, now: number): Step {
  const state: TurnState = { ...before, isStale: false, isSnapshotAsked: false, snapshotAt: now };
  const { verdict: found } = input;
  if (state.phase === "aborting" && ENDED_BY_ABORT.has(found.kind)) return abortedEnd(state);
  if (isEnded(found)) return provenEnd(state, found);
  switch (found.kind) {
    case "live":
      return isWaitingForLife(state) ? onOutput(state) : stay(state);
    case "retry":
      return onRetry(state, found, now);
    case "not_sent":
      return onMissingPrompt(state, now);
    case "empty":
    case "failed_empty":
      return onFailure(state, found, { ...input, now });
    case "interrupted":
    case "unanswered":
      return onRestart(state, found, { ...input, now });
  }
}
