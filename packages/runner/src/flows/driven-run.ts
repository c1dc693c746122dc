import type { Park } from "@thor/domain/park";
import type { Run } from "@thor/ledger/port";

import type { Progress } from "../core/progress/progress.ts";
import type { ShownState } from "../core/progress/render.ts";
import type { ModelChoice } from "../core/prompt/model-choice.ts";
import type { ProgressKeeper } from "./keep-progress.ts";
import type { StatusKeeper } from "./keep-status.ts";
import type { Recorder } from "./record-steps.ts";

/** A run with everything it needs to be driven. */
export interface DrivenRun {
  run: Pick<
    Run,
    | "id"
    | "anchorId"
    | "source"
    | "cause"
    | "correlationKey"
    | "replyTo"
    | "requesters"
    | "revs"
    | "startedAt"
    | "lastEventAt"
    | "promptMessageId"
    | "promptPartId"
    | "prompt"
    | "promptSentAt"
  > & { park?: Park | undefined };
  runFence: number;
  /** Opened just now: nobody can have sent its prompt. */
  isFresh: boolean;
  sessionId: string;
  directory: string;
  /** Whose run it is, for a fair share. */
  person: string;
  model: ModelChoice;
  /** The limit that was used up before the run began. */
  overBudget?: string | undefined;
  recorder: Recorder;
  keeper: ProgressKeeper;
  status: StatusKeeper;
  /** Where people may see the run at work. */
  viewUrl: string | undefined;
  /** Says in the control message how much of a budget is used. */
  warn: (budget: string) => void;
  /** What the control message shows beside the progress. */
  facts: (progress: Progress) => Pick<ShownState, "notes" | "budget" | "contextLimit">;
}
