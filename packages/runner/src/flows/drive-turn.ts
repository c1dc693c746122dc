/** Feeds a turn its inputs one by one and carries out the effects; all judgement is in core/turn. */
import type { Log } from "@thor/kit/flow/log";

import type { Progress } from "../core/progress/progress.ts";
import { promptIds, type PromptIds } from "../core/prompt-ids.ts";
import { NUDGE, restartNote } from "../core/prompt/compose.ts";
import { HELD_MS } from "../core/run-lease.ts";
import { newTurn, type Effect, type TurnInput, type TurnLimits, type TurnState } from "../core/turn/state.ts";
import { step } from "../core/turn/step.ts";
import { nudgesOf, verdict } from "../core/turn/verdict.ts";
import type { DrivenRun } from "./driven-run.ts";
import { createInputQueue } from "./input-queue.ts";
import type { Snapshot, TakeSnapshot } from "./take-snapshot.ts";
import type { TurnHandle } from "./turns.ts";
import { createView } from "./view-turn.ts";

const MAX_INPUTS = 10_000;
/** After these, sub-agents may exist that no event has announced here. */
const MAY_MISS_CHILDREN: ReadonlySet<TurnInput["kind"]> = new Set(["start", "gap_closed"]);
/** A run that waited longer for its start than this is not begun unasked. */
const TOO_OLD_MS = 15 * 60_000;

export type PromptSent =
  | { kind: "ok" }
  | { kind: "missing" }
  | { kind: "refused"; detail: string }
  | { kind: "failed"; error: string };
export type End = Extract<Effect, { kind: "end" }>;

export interface DriveTurnDeps {
  log: Log;
  now: () => number;
  limits: TurnLimits;
  sendPrompt: (sessionId: string, message: PromptIds & { text: string }) => Promise<PromptSent>;
  abortSession: (sessionId: string) => Promise<unknown>;
  takeSnapshot: TakeSnapshot;
  /** Remembers that the prompt is known to be stored; false when that could not be written. */
  onSent: (turn: Turn) => Promise<boolean>;
  /** Takes in the sub-agents that were not announced, because the stream was broken or another process listened. */
  findChildren: (turn: Turn) => Promise<void>;
  keepTotals: (turn: Turn) => Promise<void>;
  /** The turn could not even be ended: whoever takes the run up next tries again. */
  forget: (turn: Turn) => void;
  onEnd: (turn: Turn, end: End) => Promise<void>;
}

export interface Turn extends TurnHandle {
  driven: DrivenRun;
  progress: () => Progress;
  /** Until then this process may act for the run; nothing is done after it. */
  lease: { until: number };
  isDone: () => boolean;
  isStopped: () => boolean;
  feed: (input: TurnInput) => void;
  /** From now on nothing is judged or done; inputs are kept until `thaw`, or dropped with the turn. */
  freeze: () => void;
  thaw: () => void;
  /** For good: another process, or nobody here, drives the run from now on. */
  stop: () => void;
  /** Records what OpenCode has stored by now, for a turn that is about to be ended by somebody else. */
  catchUp: () => Promise<void>;
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
    look: async (): Promise<Snapshot> => {
      const taken = await deps.takeSnapshot({ sessionId, directory, promptMessageId });
      onMessages(taken);
      return taken;
    },
    abort: async (): Promise<TurnInput> => {
      await deps.abortSession(sessionId);
      return { kind: "tick" };
    },
  };
}

const createNoteFault =
  ({ log }: DriveTurnDeps, triggerId: string) =>
  (err: unknown) =>
    log.error({ event: "turn_fault", triggerId, err }, "turn step failed");

/** Carries out what a turn asks for; each answer comes back as an input, and so does every fault. */
function createCarryOut(
  deps: DriveTurnDeps,
  calls: ReturnType<typeof createEffects>,
  turn: { id: string; push: (input: TurnInput) => void },
) {
  const fault = createNoteFault(deps, turn.id);
  const answer = (work: Promise<TurnInput>, otherwise: TurnInput) =>
    void work
      .catch((err: unknown) => {
        fault(err);
        return otherwise;
      })
      .then(turn.push);
  const sending = (work: Promise<TurnInput>) => answer(work, { kind: "sent", result: "failed" });
  return (effect: Exclude<Effect, End>): void => {
    switch (effect.kind) {
      case "send":
        return sending(calls.send());
      case "nudge":
        return sending(calls.nudge(effect.number));
      case "restart_note":
        return sending(calls.note(effect.number, effect.tool));
      case "snapshot":
        return answer(
          calls.look().then((taken) => snapshotInput(taken, turn.id)),
          { kind: "snapshot_failed" },
        );
      case "abort":
        return answer(calls.abort(), { kind: "tick" });
    }
  };
}

const isEnd = (effect: Effect): effect is End => effect.kind === "end";
const startsAgain = ({ phase }: TurnState, effects: readonly Effect[]) =>
  phase === "resuming" && effects.some(({ kind }) => kind === "send" || kind === "restart_note");

/** The turn's state and the right to act on it. */
function createSteps(deps: DriveTurnDeps, driven: DrivenRun) {
  const { run } = driven;
  const isSent = run.promptSentAt !== undefined;
  const mayBegin = isSent || deps.now() - run.startedAt <= TOO_OLD_MS;
  let state: TurnState = {
    ...newTurn(deps.now(), { mayBegin }),
    sends: isSent ? 1 : 0,
    startedAt: run.startedAt,
  };
  return {
    take: (input: TurnInput) => {
      const { state: next, effects } = step(state, input, { now: deps.now(), limits: deps.limits });
      state = next;
      return { effects, isResuming: startsAgain(next, effects) };
    },
    phase: () => state.phase,
  };
}

/** Starts driving a run from its first snapshot on; whether it is new or was taken over makes no difference. */
export function driveTurn(deps: DriveTurnDeps, driven: DrivenRun): Turn {
  const { sessionId, directory } = driven;
  const { id: triggerId, anchorId, startedAt, promptSentAt } = driven.run;
  const view = createView(driven, deps.now);
  const calls = createEffects(deps, driven, view.onSnapshot);
  const steps = createSteps(deps, driven);
  let isProven = promptSentAt !== undefined;
  let isStopped = false;

  const onFault = createNoteFault(deps, triggerId);
  const carryOut = createCarryOut(deps, calls, { id: triggerId, push: (input) => queue.push(input) });

  const end = async (how: End) => {
    try {
      await deps.onEnd(turn, how);
    } catch (err) {
      onFault(err);
      turn.stop();
      deps.forget(turn);
    }
  };

  const take = async (input: TurnInput): Promise<void> => {
    if (steps.phase() === "done") return;
    if (deps.now() > turn.lease.until) return turn.stop();
    view.onInput(input);
    if (isProven && MAY_MISS_CHILDREN.has(input.kind)) void deps.findChildren(turn).catch(onFault);
    const { effects, isResuming } = steps.take(input);
    if (isResuming) view.onResume();
    for (const effect of effects) if (!isEnd(effect)) carryOut(effect);
    if (!isProven && steps.phase() === "running") isProven = await deps.onSent(turn);
    const over = effects.find(isEnd);
    if (over !== undefined) await end(over);
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
    lease: { until: deps.now() + HELD_MS },
    isDone: () => steps.phase() === "done",
    isStopped: () => isStopped,
    progress: view.progress,
    feed: (input) => queue.push(input),
    freeze: queue.freeze,
    thaw: () => queue.thaw({ kind: "gap_closed" }),
    stop: () => {
      isStopped = true;
      queue.stop();
    },
    catchUp: async () => {
      await calls.look();
      await driven.recorder.flush();
      await deps.keepTotals(turn);
    },
  };
  queue.push({ kind: "start" });
  return turn;
}
