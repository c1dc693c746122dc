/** Whether a press on one of Thor's own buttons counts, and what it asks for. */
import type { ActionButton } from "@thor/domain/action-button";
import type { ControlRequest } from "@thor/domain/outbox";

import type { Press } from "./payload.ts";

/** What the ledger recorded of the message that carries the button. */
export interface ButtonHome {
  anchorId: string;
  triggerId?: string | undefined;
  channel: string;
  messageTs?: string | undefined;
  isOpen: boolean;
}

export type ClickRefusal = "signature" | "expired" | "other_message" | "closed";
export type Judged = { kind: "request"; request: ControlRequest } | { kind: "refused"; why: ClickRefusal };

export interface ClickFacts {
  nowMs: number;
  isSigned: boolean;
  home: ButtonHome | undefined;
  clickId: string;
}

const KIND_OF = new Map<string, ControlRequest["kind"]>([
  ["thor_stop", "control.stop"],
  ["thor_continue", "control.continue"],
  ["thor_question", "control.answer"],
  ["thor_permission", "control.answer"],
  ["thor_other", "control.answer"],
  ["thor_reject", "control.answer"],
]);

/** Whether an action id is one of the buttons whose values Thor signs. */
export const isControlButton = (actionId: string) => KIND_OF.has(actionId);

function refusalOf(
  press: Press,
  button: ActionButton,
  { nowMs, isSigned, home }: ClickFacts,
): ClickRefusal | undefined {
  if (!isSigned) return "signature";
  if (button.expires * 1000 <= nowMs) return "expired";
  if (home === undefined || home.channel !== press.channel || home.messageTs !== press.messageTs)
    return "other_message";
  return home.isOpen ? undefined : "closed";
}

/** Checks in the order signature, expiry, message, state; the first that fails is the reason. */
export function judgeClick(press: Press, button: ActionButton, facts: ClickFacts): Judged {
  const why = refusalOf(press, button, facts);
  if (why !== undefined) return { kind: "refused", why };
  const { channel, threadTs, messageTs, user } = press;
  const common = {
    by: { kind: "slack" as const, id: user },
    via: "button" as const,
    clickId: facts.clickId,
    channel,
    threadTs,
    messageTs,
    ...(facts.home?.triggerId === undefined ? {} : { triggerId: facts.home.triggerId }),
  };
  const kind = KIND_OF.get(press.actionId);
  if (kind === "control.answer")
    return { kind: "request", request: { kind, ...common, cardId: button.refId, choice: button.arg } };
  return { kind: "request", request: { kind: kind ?? "control.stop", ...common } };
}

const WORDS: Readonly<Record<ClickRefusal, string>> = {
  signature: "This button is not one of mine, so nothing happened.",
  expired: "This button has expired, so nothing happened. Mention me to go on.",
  other_message: "This button belongs to another message, so nothing happened.",
  closed: "This was settled already, so nothing happened.",
};

/** What the person who pressed is told. */
export const refusalWords = (why: ClickRefusal) => WORDS[why];
