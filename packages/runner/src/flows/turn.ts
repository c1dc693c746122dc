/** A turn as flows see it, and what driving one needs of the world. */
import type { Park } from "@thor/domain/park";
import type { Log } from "@thor/kit/flow/log";

import type { OpenRequest } from "../core/asking/request.ts";
import type { Part } from "../core/opencode/project.ts";
import type { Progress } from "../core/progress/progress.ts";
import type { PromptIds } from "../core/prompt-ids.ts";
import type { ModelChoice } from "../core/prompt/model-choice.ts";
import type { Effect, TurnInput, TurnLimits } from "../core/turn/state.ts";
import type { DrivenRun } from "./driven-run.ts";
import type { Slots } from "./slots.ts";
import type { TakeSnapshot } from "./take-snapshot.ts";
import type { TurnHandle } from "./turns.ts";

export type PromptSent =
  | { kind: "ok" }
  | { kind: "missing" }
  | { kind: "refused"; detail: string }
  | { kind: "failed"; error: string };

export type Prompt = PromptIds & ModelChoice & { text: string };

export type End = Extract<Effect, { kind: "end" }>;

export interface DriveTurnDeps {
  log: Log;
  now: () => number;
  chance: () => number;
  limits: TurnLimits;
  slots: Slots;
  /** Runs that come back from a provider's quota ask it again one after the other: the first finds out for the rest. */
  afterQuota: () => Promise<void>;
  sendPrompt: (sessionId: string, message: Prompt) => Promise<PromptSent>;
  abortSession: (sessionId: string) => Promise<unknown>;
  takeSnapshot: TakeSnapshot;
  /** Remembers that the prompt is known to be stored; false when that could not be written. */
  onSent: (turn: Turn) => Promise<boolean>;
  /** Remembers that the run stands still, or that it goes on, and tells people. */
  onPark: (turn: Turn, park: Park | undefined) => Promise<TurnInput>;
  /** Drives the same prompt on in a fresh session. */
  replace: (turn: Turn) => Promise<TurnInput>;
  /** What OpenCode asks people, as it stands now. */
  onRequests: (turn: Turn, requests: readonly OpenRequest[]) => Promise<void>;
  /**
   * Takes in the sub-agents that were not announced, because the stream was broken or another process listened, and
   * answers what all of them have done in this run.
   */
  findChildren: (turn: Turn) => Promise<readonly Part[]>;
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
  isParked: () => boolean;
  isStopped: () => boolean;
  feed: (input: TurnInput) => void;
  /** Compares with what OpenCode has stored, soon. */
  look: () => void;
  /** From now on nothing is judged or done; inputs are kept until `thaw`, or dropped with the turn. */
  freeze: () => void;
  thaw: () => void;
  /** For good: another process, or nobody here, drives the run from now on. */
  stop: () => void;
  /** Records what OpenCode has stored by now, for a turn that is about to be ended by somebody else. */
  catchUp: () => Promise<void>;
}
