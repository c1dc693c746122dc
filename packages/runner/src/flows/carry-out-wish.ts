/** Carries out what a person asked of a run. */
import { ControlRequest, ForgetRequest } from "@thor/domain/outbox";
import type { PromiseItem, SendResult } from "@thor/ledger/port";

import type { AnswerCard } from "./answer-card.ts";
import type { ContinueRun } from "./continue-run.ts";
import type { ForgetConversation } from "./forget-conversation.ts";
import type { StopRun } from "./stop-run.ts";

export interface Wishes {
  stopRun: StopRun;
  continueRun: ContinueRun;
  answerCard: AnswerCard;
  forget: ForgetConversation;
}

export const createCarryOutWish =
  ({ stopRun, continueRun, answerCard, forget }: Wishes) =>
  (item: PromiseItem): Promise<SendResult> => {
    const { data: forgotten } = ForgetRequest.safeParse(item.payload);
    if (forgotten !== undefined) return forget(item, forgotten.by);
    const { data: request } = ControlRequest.safeParse(item.payload);
    switch (request?.kind) {
      case "control.stop":
        return stopRun(item, request);
      case "control.continue":
        return continueRun(item, request);
      case "control.answer":
        return answerCard(item, request);
      case undefined:
        return Promise.resolve({ kind: "failed", error: `unknown kind ${item.kind}` });
    }
  };
