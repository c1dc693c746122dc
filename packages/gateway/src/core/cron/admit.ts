/** What a scheduled prompt becomes in the ledger: nobody's words, so no actor, no receipt and no right to interrupt. */
import type { CronEvent } from "@thor/domain/cron-event";
import { cutText, stripInvisible } from "@thor/kit/pure/cut-text";

const MAX_PROMPT_CHARS = 512 * 1024;

/** The key of a firing that names no conversation: a new one each time. */
export const freshKey = (promptMd5: string, now: number) => `cron:${promptMd5}:${Math.floor(now / 1000)}`;

export function cronAdmission(input: {
  deliveryKey: string;
  correlationKey: string;
  now: number;
  prompt: string;
  place: { repo: string; directory: string };
}) {
  const { deliveryKey, correlationKey, now, prompt, place } = input;
  const payload: CronEvent = { prompt: cutText(stripInvisible(prompt), MAX_PROMPT_CHARS), ...place };
  return {
    provider: "cron" as const,
    deliveryKey,
    eventType: "cron",
    refs: {},
    event: {
      source: "cron" as const,
      kind: "cron.prompt",
      correlationKey,
      bind: "anchor" as const,
      human: false,
      urgent: true,
      interrupt: false,
      gate: "open" as const,
      actors: {},
      externalAuthor: false,
      sourceAt: now,
      payload: { ...payload },
    },
  };
}

/** Whether a named conversation is this repository's (or nobody's yet), so that a schedule may speak in it. */
export const mayJoin = (conversation: { repo?: string | undefined } | undefined, repo: string) =>
  conversation?.repo === undefined || conversation.repo === repo;
