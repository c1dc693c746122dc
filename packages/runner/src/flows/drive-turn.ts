/** Feeds a turn its inputs one by one and carries out the effects; all judgement is in core/turn. */
import type { Log } from "@thor/kit/flow/log";
import type { Run } from "@thor/ledger/port";

import type { OpencodeEvent } from "../core/opencode/project.ts";
import { newProgress, withEvent, withPart, type Progress } from "../core/progress/progress.ts";
import { liveText } from "../core/progress/render.ts";
import { promptIds, type PromptIds } from "../core/prompt-ids.ts";
import { NUDGE, restartNote } from "../core/prompt/compose.ts";
import { newTurn, type Effect, type TurnInput, type TurnLimits, type TurnState } from "../core/turn/state.ts";
import { step } from "../core/turn/step.ts";
import { nudgesOf, turnOf, verdict } from "../core/turn/verdict.ts";
import { createInputQueue } from "./input-queue.ts";
import type { ProgressKeeper } from "./keep-progress.ts";
import type { Recorder } from "./record-steps.ts";
import type { Snapshot, TakeSnapshot } from "./take-snapshot.ts";
import type { TurnHandle } from "./turns.ts";

const MAX_INPUTS = 10_000;

export type PromptSent =
  | { kind: "ok" }
  | { kind: "missing" }
  | { kind: "refused"; detail: string }
  | { kind: "failed"; error: string };
export type End = Extract<Effect, { kind: "end" }>;

/** A run with everything it needs to be driven. */
export interface DrivenRun {
  run: Pick<
    Run,
    | "id"
    | "anchorId"
    | "replyTo"
    | "requesters"
    | "startedAt"
    | "promptMessageId"
    | "promptPartId"
    | "prompt"
    | "promptSentAt"
  >;
  runFence: number;
  sessionId: string;
  directory: string;
  recorder: Recorder;
  keeper: ProgressKeeper;
  notes: readonly string[];
}

export interface DriveTurnDeps {
  log: Log;
  now: () => number;
  limits: TurnLimits;
  sendPrompt: (sessionId: string, message: PromptIds & { text: string }) => Promise<PromptSent>;
  abortSession: (sessionId: string) => Promise<unknown>;
  takeSnapshot: TakeSnapshot;
  /** Called once the prompt is known to be stored. */
  onSent: (turn: Turn) => Promise<void>;
  onEnd: (turn: Turn, end: End) => Promise<void>;
}

export interface Turn extends TurnHandle {
  driven: DrivenRun;
  progress: () => Progress;
  feed: (input: TurnInput) => void;
  /** From now on nothing is judged or done; inputs are kept until `thaw`, or dropped with the turn. */
  freeze: () => void;
  thaw: () => void;
}

const resultOf = (sent: PromptSent): TurnInput => {
  switch (sent.kind) {
    case "ok":
    case "missing":
      return { kind: "sent", result: sent.kind };
    case "refused":
      return { kind: "sent", result: "refused", detail: sent.detail };
    case "failed":
      return { kind: "sent", result: "failed", detail: sent.error };
  }
};

function snapshotInput(taken: Snapshot, triggerId: string): TurnInput {
  switch (taken.kind) {
    case "failed":
      return { kind: "snapshot_failed" };
    case "session_missing":
      return { kind: "sent", result: "missing" };
    case "snapshot": {
      const { messages } = taken.snapshot;
      const counts = { nudges: nudgesOf(messages, triggerId, "c"), restarts: nudgesOf(messages, triggerId, "r") };
      return { kind: "snapshot", verdict: verdict(taken.snapshot, triggerId), ...counts };
    }
  }
}

/** The calls behind a turn's effects; each answers with the input that tells how it went. */
function createEffects(deps: DriveTurnDeps, driven: DrivenRun, onMessages: (taken: Snapshot) => void) {
  const { run, sessionId, directory } = driven;
  const { promptMessageId } = run;
  const say = async (ids: PromptIds, text: string) => resultOf(await deps.sendPrompt(sessionId, { ...ids, text }));
  return {
    send: () =>
      say({ messageId: promptMessageId, partId: run.promptPartId ?? promptIds(run.id, "s1").partId }, run.prompt ?? ""),
    nudge: (number: number) => say(promptIds(run.id, `c${number}`), NUDGE),
    note: (number: number, tool: { name: string; title: string }) =>
      say(promptIds(run.id, `r${number}`), restartNote(tool)),
    snapshot: async (): Promise<TurnInput> => {
      const taken = await deps.takeSnapshot({ sessionId, directory, promptMessageId });
      onMessages(taken);
      return snapshotInput(taken, run.id);
    },
    abort: async (): Promise<TurnInput> => {
      await deps.abortSession(sessionId);
      return { kind: "tick" };
    },
  };
}

/** What the run looks like so far, folded from events and snapshots. */
function createView(driven: DrivenRun, now: () => number) {
  const { run, recorder, keeper, notes } = driven;
  let progress = newProgress(run.startedAt);
  return {
    progress: () => progress,
    onEvent: (event: OpencodeEvent) => {
      progress = withEvent(progress, event);
      if (event.type === "message.part.updated") recorder.add(event.part);
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
    onTick: () => {
      void recorder.flush();
      const at = now();
      keeper.show({ text: liveText(progress, at, notes), tools: progress.tools, elapsedMs: at - run.startedAt });
    },
  };
}

/** Starts driving a run from its first snapshot on; whether it is new or was taken over makes no difference. */
export function driveTurn(deps: DriveTurnDeps, driven: DrivenRun): Turn {
  const { run, sessionId, directory } = driven;
  const { id: triggerId, anchorId, startedAt } = run;
  const view = createView(driven, deps.now);
  const effects = createEffects(deps, driven, view.onSnapshot);
  let isProven = run.promptSentAt !== undefined;
  let state: TurnState = { ...newTurn(deps.now()), sends: isProven ? 1 : 0, startedAt };

  const onFault = (err: unknown) => deps.log.error({ event: "turn_fault", triggerId, err }, "turn step failed");
  const inBackground = (work: Promise<TurnInput>) => void work.then(queue.push, onFault);

  const carryOut = async (effect: Effect): Promise<void> => {
    switch (effect.kind) {
      case "send":
        return inBackground(effects.send());
      case "snapshot":
        return inBackground(effects.snapshot());
      case "abort":
        return inBackground(effects.abort());
      case "nudge":
        return inBackground(effects.nudge(effect.number));
      case "restart_note":
        view.onResume();
        return inBackground(effects.note(effect.number, effect.tool));
      case "end":
        return deps.onEnd(turn, effect);
    }
  };

  const take = async (input: TurnInput): Promise<void> => {
    if (state.phase === "done") return;
    if (input.kind === "event") view.onEvent(input.event);
    if (input.kind === "tick") view.onTick();
    const { state: next, effects: wanted } = step(state, input, { now: deps.now(), limits: deps.limits });
    state = next;
    if (!isProven && next.phase === "running") {
      isProven = true;
      await deps.onSent(turn);
    }
    for (const effect of wanted) await carryOut(effect);
  };

  const queue = createInputQueue<TurnInput>({ take, onFault, max: MAX_INPUTS, afterOverflow: { kind: "gap_closed" } });
  const turn: Turn = {
    triggerId,
    anchorId,
    sessionId,
    directory,
    startedAt,
    driven,
    sessions: new Set([sessionId]),
    progress: view.progress,
    feed: queue.push,
    freeze: queue.freeze,
    thaw: () => {
      queue.thaw();
      queue.push({ kind: "gap_closed" });
    },
  };
  queue.push({ kind: "start" });
  return turn;
}
