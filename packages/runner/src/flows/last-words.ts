/** The last words of a control message, with the button that lets the work go on: that button is a card of its own. */
import type { Ledger, Run } from "@thor/ledger/port";

import type { Ending } from "../core/progress/render.ts";
import type { Button } from "../core/slack/said.ts";
import type { LastWords } from "./keep-progress.ts";

const CARD_MS = 7 * 24 * 3_600_000;

export interface LastWordsDeps extends Pick<Ledger, "openCard" | "placeMessage"> {
  now: () => number;
  /** What one press on Continue adds beyond a limit, in words. */
  continueStep: () => string;
  viewUrl: (run: { id: string; anchorId: string }) => string | undefined;
}

/** The card of a run's Continue button. */
export const continueCardId = (triggerId: string) => `continue-${triggerId}`;

const LABELS: Partial<Record<Ending["kind"], string>> = {
  failed: "Try again",
  aborted: "Continue",
  budget: "Continue",
};

export function createLastWords(deps: LastWordsDeps) {
  const button = (triggerId: string, ending: Ending): Button[] => {
    const label = LABELS[ending.kind];
    if (label === undefined) return [];
    const more = ending.kind === "budget" ? deps.continueStep() : "";
    const means = { kind: "card", refId: continueCardId(triggerId), arg: "" } as const;
    return [{ action: "thor_continue", label: more === "" ? label : `${label} (${more})`, style: "primary", means }];
  };

  return (run: Pick<Run, "id" | "anchorId" | "replyTo">, ending: Ending, text: string): LastWords => {
    const { id: triggerId, anchorId, replyTo } = run;
    const buttons = button(triggerId, ending);
    const view = deps.viewUrl(run);
    if (replyTo?.kind !== "slack" || buttons.length === 0) return { text, buttons: [], view };
    const { channel, threadTs } = replyTo;
    return {
      text,
      buttons,
      view,
      mustBeSeen: ending.kind === "budget",
      onPlaced: async (messageTs) => {
        const id = continueCardId(triggerId);
        const kind = ending.kind === "budget" ? "budget" : "notice";
        const card = { id, kind, refId: triggerId, anchorId, triggerId, channel, threadTs } as const;
        await deps.openCard({ ...card, payload: { text }, expiresAt: deps.now() + CARD_MS });
        await deps.placeMessage({ table: "cards", id, channel, messageTs });
      },
    };
  };
}
export type CreateLastWords = ReturnType<typeof createLastWords>;
