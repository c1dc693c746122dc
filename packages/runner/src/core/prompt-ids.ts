/**
 * Ids of everything Thor sends into a session, derived from the run, so that sending twice is one turn.
 * `s<n>` is the prompt in the run's n-th session, `c<k>` a nudge, `r<k>` a note after a restart, `k<n>` a hint.
 */
const compact = (triggerId: string) => triggerId.replaceAll("-", "");

export interface PromptIds {
  messageId: string;
  partId: string;
}

export function promptIds(triggerId: string, suffix: `${"s" | "c" | "r" | "k"}${number}`): PromptIds {
  const body = `0thor${compact(triggerId)}${suffix}`;
  return { messageId: `msg_${body}`, partId: `prt_${body}` };
}

/** Whether a message in a session was sent by Thor for this run. */
export const isOfRun = (messageId: string, triggerId: string) => messageId.startsWith(`msg_0thor${compact(triggerId)}`);

/** Whether Thor sent a message, for whatever run. */
export const isThors = (messageId: string) => messageId.startsWith("msg_0thor");

/** Whether a message is one of this run's nudges. */
export const isNudgeOfRun = (messageId: string, triggerId: string) =>
  messageId.startsWith(`msg_0thor${compact(triggerId)}c`);

/** How many messages of a kind this run has sent so far, from the stored messages. */
export const countOfRun = (messageIds: readonly string[], triggerId: string, kind: "c" | "r") =>
  messageIds.filter((id) => id.startsWith(`msg_0thor${compact(triggerId)}${kind}`)).length;

/** Which of a run's sessions a prompt was written for, counted from 1. */
export const sessionNumberOf = (promptMessageId: string) => Number(/s(\d+)$/.exec(promptMessageId)?.[1] ?? 1);
