/** What an event of the lead session means for its turn: signs of life, waiting, errors; never an end by itself. */
import { errorText, type OpencodeError, type OpencodeEvent } from "../opencode/project.ts";
import { askSnapshot, end, onOutput, onRetry, stay, type Step, type TurnState } from "./state.ts";

function onStatus(
  state: TurnState,
  status: Extract<OpencodeEvent, { type: "session.status" }>["status"],
  now: number,
): Step {
  switch (status.type) {
    case "busy": {
      const awake: TurnState = { ...state, retrySince: undefined };
      return state.phase === "resuming" || state.phase === "grace" ? onOutput(awake) : stay(awake);
    }
    case "idle":
      return askSnapshot(state);
    case "retry":
      return onRetry(state, { attempt: status.attempt, message: status.message, next: status.next }, now);
  }
}

/** An update that closes a message, or carries its error, is no sign of life. */
const isProgress = ({ role, error, time }: Extract<OpencodeEvent, { type: "message.updated" }>["info"]) =>
  role === "assistant" && error === undefined && time.completed === undefined;

/** While a turn begins, the prompt itself is the sign: OpenCode tells of it once it is stored. */
const onMessage = (state: TurnState, info: Parameters<typeof isProgress>[0]) =>
  isProgress(info) || (state.phase === "opening" && info.role === "user") ? onOutput(state) : stay(state);

/** Held for a moment: OpenCode often recovers by itself. That somebody aborted is judged by what is stored. */
function onError(state: TurnState, error: OpencodeError, now: number): Step {
  if (state.phase === "aborting") return stay(state);
  if (error.name === "MessageAbortedError") return askSnapshot(state);
  return askSnapshot({ ...state, phase: "grace", heldError: { text: errorText(error), since: now } });
}

function onLiveEvent(state: TurnState, event: OpencodeEvent, now: number): Step {
  switch (event.type) {
    case "message.part.updated":
    case "message.part.delta":
      return onOutput(state);
    case "message.updated":
      return onMessage(state, event.info);
    case "session.status":
      return onStatus(state, event.status, now);
    case "session.error":
      return onError(state, event.error, now);
    case "session.deleted":
      return end(state, { status: "error", error: "the session was deleted", reason: "session_deleted" });
    case "session.idle":
    case "permission.asked":
    case "question.asked":
      return askSnapshot(state);
    case "session.created":
    case "session.updated":
      return stay(state);
  }
}

/** What a parked turn's session does is not this turn's doing; that it is gone concerns it all the same. */
export const onEvent = (state: TurnState, event: OpencodeEvent, now: number): Step =>
  state.phase === "parked" && event.type !== "session.deleted" ? stay(state) : onLiveEvent(state, event, now);
