import { CronEvent } from "@thor/domain/cron-event";
import type { QueuedEvent } from "@thor/domain/queue";

/** Where a scheduled prompt works: the directory it was asked for in. */
export function cronPlaceOf({ source, payload }: Pick<QueuedEvent, "source" | "payload">) {
  if (source !== "cron") return undefined;
  const event = CronEvent.safeParse(payload);
  return event.success ? { repo: event.data.repo, directory: event.data.directory } : undefined;
}
