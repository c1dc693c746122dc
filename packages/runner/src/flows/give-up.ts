/** Ends a run that cannot be driven at all, and tells the person who waits for it. */
import type { EndedRunStatus } from "@thor/domain/run";
import type { Ledger, Run } from "@thor/ledger/port";

import { endPromises } from "../core/end.ts";
import { failureText } from "../core/progress/render.ts";

export const createGiveUp =
  ({ closeTrigger }: Pick<Ledger, "closeTrigger">) =>
  async (
    run: Run,
    runFence: number,
    end: { status: EndedRunStatus & ("crashed" | "error" | "aborted"); reason: string; error: string },
  ): Promise<void> => {
    const { id: triggerId, anchorId, replyTo, requesters } = run;
    const { status, reason, error } = end;
    const outbox = endPromises({
      triggerId,
      anchorId,
      replyTo,
      status,
      answer: "",
      wasAsked: requesters.length > 0,
      hasPosted: false,
      hasLiveMessage: false,
      failure: failureText({ tools: 0 }, error),
      final: failureText({ tools: 0 }, error),
    });
    await closeTrigger({ triggerId, runFence, status, reason, error, outbox });
  };
export type GiveUp = ReturnType<typeof createGiveUp>;

/** Without its pass no command of the agent would be admitted, so the run ends before it is sent. */
export const PASS_UNWRITABLE = {
  status: "error",
  reason: "pass_unwritable",
  error: "The pass of this session could not be written; the operator has to look.",
} as const;
