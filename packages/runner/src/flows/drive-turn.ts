/** Feeds a turn its inputs one by one and carries out the effects; all judgement is in core/turn. */
import { sessionNumberOf } from "../core/prompt-ids.ts";
import { HELD_MS } from "../core/run-lease.ts";
import { newTurn, type Effect, type TurnInput, type TurnState } from "../core/turn/state.ts";
import { step } from "../core/turn/step.ts";
import type { DrivenRun } from "./driven-run.ts";
import { createInputQueue } from "./input-queue.ts";
import { createCalls, createCarryOut, createNoteFault, type TurnCalls } from "./turn-effects.ts";
import type { DriveTurnDeps, End, Turn } from "./turn.ts";
import { createView, type TurnView } from "./view-turn.ts";

const MAX_INPUTS = 10_000;
/** After these, sub-agents may exist that no event has announced here. */
const MAY_MISS_CHILDREN: ReadonlySet<TurnInput["kind"]> = new Set(["start", "gap_closed"]);
/** A run that waited longer for its start than this is not begun unasked. */
const TOO_OLD_MS = 15 * 60_000;
const KEEP_TOTALS_MS = 5000;
/** Sooner when something was paid for: concurrent runs share limits. */
const KEEP_COSTS_MS = 1000;

const isEnd = (effect: Effect): effect is End => effect.kind === "end";

/** What the ledger knows of a run, as the beginning of its state here. */
function originOf({ run }: DrivenRun, now: number) {
  const isSent = run.promptSentAt !== undefined;
  const { startedAt, park, promptMessageId } = run;
  return {
    isSent,
    isWatched: run.cause === "observed",
    startedAt,
    park,
    mayBegin: isSent || now - startedAt <= TOO_OLD_MS,
    mayReplace: sessionNumberOf(promptMessageId) === 1,
    heardAt: run.lastEventAt ?? now,
  };
}

/** The turn's state and the right to act on it. */
function createSteps({ now, chance, limits }: DriveTurnDeps, driven: DrivenRun) {
  let state: TurnState = newTurn(now(), originOf(driven, now()));
  return {
    take: (input: TurnInput) => {
      const before = state.resumes;
      const { state: next, effects } = step(state, input, { now: now(), chance: chance(), limits });
      state = next;
      return { effects, isResuming: next.resumes > before && effects.some(({ kind }) => kind !== "nudge") };
    },
    phase: () => state.phase,
    shown: () => ({ phase: state.phase, isWaiting: state.isWaiting, park: state.park, abort: state.abort?.why }),
  };
}

/** Saves what was used so far every few seconds, while something changes. */
function createSaver({ now, keepTotals }: DriveTurnDeps, onFault: (err: unknown) => void) {
  let savedAt = now();
  let savedTokens = 0;
  let isSaving = false;
  return (turn: Turn): void => {
    const { tokensInput, tokensOutput } = turn.progress().totals;
    const tokens = tokensInput + tokensOutput;
    const pauseMs = tokens === savedTokens ? KEEP_TOTALS_MS : KEEP_COSTS_MS;
    if (isSaving || now() - savedAt < pauseMs) return;
    isSaving = true;
    savedAt = now();
    savedTokens = tokens;
    void keepTotals(turn)
      .catch(onFault)
      .finally(() => {
        isSaving = false;
      });
  };
}

interface Workings {
  steps: ReturnType<typeof createSteps>;
  view: TurnView;
  onFault: (err: unknown) => void;
  getTurn: () => Turn;
}

/** Ends the run in the record; whoever takes it up next tries again when that fails. */
const createEnd =
  (deps: DriveTurnDeps, { onFault, getTurn }: Workings) =>
  async (how: End): Promise<void> => {
    const turn = getTurn();
    deps.slots.release(turn.triggerId);
    try {
      await deps.onEnd(turn, how);
    } catch (err) {
      onFault(err);
      turn.stop();
      deps.forget(turn);
    }
  };

/** Handles one input after the other: shows it, judges it, and has its effects carried out. */
function createTake(deps: DriveTurnDeps, driven: DrivenRun, workings: Workings & { calls: TurnCalls }) {
  const { steps, view, onFault, getTurn, calls } = workings;
  const carryOut = createCarryOut(deps, calls, getTurn);
  const save = createSaver(deps, onFault);
  const end = createEnd(deps, workings);
  let isProven = driven.run.promptSentAt !== undefined;

  const before = (turn: Turn, input: TurnInput) => {
    view.onInput(input);
    if (isProven && MAY_MISS_CHILDREN.has(input.kind)) void deps.findChildren(turn).then(view.addParts).catch(onFault);
  };
  const after = async (turn: Turn, input: TurnInput) => {
    if (!isProven && steps.phase() === "running") isProven = await deps.onSent(turn);
    if (isProven && input.kind === "tick") save(turn);
  };

  return async (input: TurnInput): Promise<void> => {
    const turn = getTurn();
    if (steps.phase() === "done") return;
    if (deps.now() > turn.lease.until) return turn.stop();
    before(turn, input);
    const { effects, isResuming } = steps.take(input);
    if (isResuming) view.onResume();
    for (const effect of effects) if (!isEnd(effect)) carryOut(effect);
    await after(turn, input);
    const over = effects.find(isEnd);
    if (over !== undefined) await end(over);
  };
}

/** Starts driving a run from its first snapshot on; whether it is new or was taken over makes no difference. */
export function driveTurn(deps: DriveTurnDeps, driven: DrivenRun): Turn {
  const { sessionId, directory, person, overBudget } = driven;
  const { id: triggerId, anchorId, startedAt, promptSentAt, park } = driven.run;
  const getTurn = () => turn;
  const feed = (input: TurnInput) => queue.push(input);
  const steps = createSteps(deps, driven);
  const shown = () => ({ ...steps.shown(), ahead: deps.slots.ahead(triggerId) });
  const view = createView(driven, { now: deps.now, shown, feed });
  const onFault = createNoteFault(deps, triggerId);
  const calls = createCalls(deps, driven, (taken) => {
    view.onSnapshot(taken);
    if (taken.kind === "snapshot") void deps.onRequests(turn, taken.requests).catch(onFault);
  });
  const take = createTake(deps, driven, { steps, view, onFault, getTurn, calls });
  const queue = createInputQueue<TurnInput>({ take, onFault, max: MAX_INPUTS, afterOverflow: { kind: "gap_closed" } });
  let isStopped = false;
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
    isParked: () => steps.phase() === "parked",
    isStopped: () => isStopped,
    progress: view.progress,
    feed,
    look: () => feed({ kind: "look" }),
    freeze: queue.freeze,
    thaw: () => queue.thaw({ kind: "gap_closed" }),
    stop: () => {
      isStopped = true;
      queue.stop();
      deps.slots.release(triggerId);
    },
    catchUp: async () => {
      await calls.look(turn.sessions);
      await driven.recorder.flush();
      await deps.keepTotals(turn);
    },
  };
  if (promptSentAt !== undefined && park === undefined) deps.slots.hold({ id: triggerId, person });
  // A budget that is used up before anything was sent: the run ends at once, and people see why.
  if (overBudget !== undefined && promptSentAt === undefined) feed({ kind: "over_budget", reason: overBudget });
  feed({ kind: "start", isFresh: driven.isFresh });
  return turn;
}
