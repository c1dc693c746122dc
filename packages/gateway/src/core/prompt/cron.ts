import type { CronEvent } from "@thor/domain/cron-event";

/** Scheduled prompts as the agent reads them: one as it was written, several under a heading. */
export function cronBlock(events: readonly CronEvent[]): string {
  const prompts = events.map(({ prompt }) => prompt);
  return prompts.length === 1 ? prompts.join("") : ["Cron events:", ...prompts].join("\n\n");
}
