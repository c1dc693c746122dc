import type { QueuedEvent } from "@thor/domain/queue";

/** The ids of a lane's events that a newer one of the same lane makes pointless; the batch comes oldest first. */
export const supersededOf = (events: readonly Pick<QueuedEvent, "id">[]): ReadonlySet<string> =>
  new Set(events.slice(0, -1).map(({ id }) => id));
