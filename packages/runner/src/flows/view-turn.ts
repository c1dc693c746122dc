/** What people and the record see of a turn. */
import type { OpencodeEvent } from "../core/opencode/project.ts";
import { newProgress, withEvent, withPart } from "../core/progress/progress.ts";
import { liveText } from "../core/progress/render.ts";
import type { TurnInput } from "../core/turn/state.ts";
import { turnOf } from "../core/turn/verdict.ts";
import type { DrivenRun } from "./driven-run.ts";
import type { Snapshot } from "./take-snapshot.ts";

/** What the run looks like so far, folded from events and snapshots. */
export function createView(driven: DrivenRun, now: () => number) {
  const { run, recorder, keeper, notes } = driven;
  let progress = newProgress(run.startedAt);
  const onEvent = (event: OpencodeEvent) => {
    progress = withEvent(progress, event);
    if (event.type === "message.part.updated") recorder.add(event.part);
  };
  const onTick = () => {
    void recorder.flush();
    const at = now();
    const { tools, retry } = progress;
    const state = retry === undefined ? "working" : "retrying";
    keeper.show({ text: liveText(progress, at, notes), tools, state, elapsedMs: at - run.startedAt });
  };
  return {
    progress: () => progress,
    onInput: (input: TurnInput) => {
      if (input.kind === "event") onEvent(input.event);
      if (input.kind === "tick") onTick();
    },
    /** Adds what the stream did not bring: after a gap, or in an earlier process. */
    onSnapshot: (taken: Snapshot) => {
      if (taken.kind !== "snapshot") return;
      const messages = turnOf(taken.snapshot.messages, run.id).filter(({ info }) => info.role === "assistant");
      for (const part of messages.flatMap(({ parts }) => parts)) {
        progress = withPart(progress, part);
        recorder.add(part);
      }
    },
    onResume: () => {
      progress = { ...progress, resumed: true };
    },
  };
}
