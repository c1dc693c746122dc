import type { Run } from "@thor/ledger/port";

import type { ProgressKeeper } from "./keep-progress.ts";
import type { Recorder } from "./record-steps.ts";

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
