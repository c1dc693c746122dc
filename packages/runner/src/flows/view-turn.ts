/** What people and the record see of a turn. */
import { isToolPart, type OpencodeEvent, type Part } from "../core/opencode/project.ts";
import { newProgress, withEvent, withMessage, withPart } from "../core/progress/progress.ts";
import { liveButtons, liveState, liveText, type ShownState } from "../core/progress/render.ts";
import { noteFileOf } from "../core/prompt/compose.ts";
import { factsOf } from "../core/run-facts.ts";
import type { TurnInput } from "../core/turn/state.ts";
import { newHabit, withHabit, type Habit } from "../core/turn/stuck.ts";
import { turnOf } from "../core/turn/verdict.ts";
import type { DrivenRun } from "./driven-run.ts";
import type { Snapshot } from "./take-snapshot.ts";

export interface ViewTurnDeps {
  now: () => number;
  shown: () => Pick<ShownState, "phase" | "isWaiting" | "park" | "abort" | "ahead">;
  feed: (input: TurnInput) => void;
}

/** Notices when a session of the turn does the same again and again. */
function createStuckWatch(feed: ViewTurnDeps["feed"]) {
  const habits = new Map<string, Habit>();
  return (part: Part) => {
    const { habit, repeated } = withHabit(habits.get(part.sessionID) ?? newHabit, part);
    habits.set(part.sessionID, habit);
    if (repeated !== undefined) feed({ kind: "stuck", what: repeated });
  };
}

/** What the run looks like so far, folded from events and snapshots. */
export function createView(driven: DrivenRun, { now, shown, feed }: ViewTurnDeps) {
  const { run, recorder, keeper, status, facts, sessionId } = driven;
  const shownNotes = (factsOf(run).blocks ?? []).flatMap(({ kind }) => noteFileOf(kind) ?? []);
  let progress = newProgress(run.startedAt, shownNotes);
  const watch = createStuckWatch(feed);

  const onPart = (part: Part) => {
    progress = withPart(progress, part);
    recorder.add(part);
  };
  const onEvent = (event: OpencodeEvent) => {
    progress = withEvent(progress, event);
    if (event.type === "message.part.updated") {
      recorder.add(event.part);
      watch(event.part);
      if (isToolPart(event.part)) status.tool(event.part);
    }
    if (event.type === "message.updated" && event.info.sessionID === sessionId)
      progress = withMessage(progress, event.info);
  };
  const onTick = () => {
    void recorder.flush();
    if (recorder.wantsRefill()) feed({ kind: "look" });
    const at = now();
    const state: ShownState = { ...shown(), ...facts(progress) };
    status.state(liveState(progress, state));
    keeper.show({
      text: liveText(progress, state, at),
      buttons: liveButtons(run.id, state),
      view: driven.viewUrl,
      tools: progress.tools,
      state: liveState(progress, state),
      elapsedMs: at - run.startedAt,
    });
  };
  return {
    progress: () => progress,
    addParts: (parts: readonly Part[]) => parts.forEach(onPart),
    onInput: (input: TurnInput) => {
      if (input.kind === "event") onEvent(input.event);
      if (input.kind === "tick") onTick();
    },
    /** Adds what the stream did not bring: after a gap, or in an earlier process. */
    onSnapshot: (taken: Snapshot) => {
      if (taken.kind !== "snapshot") return;
      const messages = turnOf(taken.snapshot.messages, run.id).filter(({ info }) => info.role === "assistant");
      for (const { info } of messages) progress = withMessage(progress, info);
      for (const part of messages.flatMap(({ parts }) => parts)) onPart(part);
    },
    onResume: () => {
      progress = { ...progress, resumed: true };
    },
  };
}
export type TurnView = ReturnType<typeof createView>;
