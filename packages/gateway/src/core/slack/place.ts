import type { QueuedEvent } from "@thor/domain/queue";
import { z } from "zod";

const Refs = z.object({
  team: z.string(),
  channel: z.string(),
  ts: z.string(),
  threadTs: z.string(),
  gated: z.boolean().optional(),
});

export interface SlackPlace {
  team: string;
  channel: string;
  ts: string;
  threadTs: string;
  /** Admitted by a profile only: the admission is asked again at dispatch. */
  isGated: boolean;
}

/** Where a Slack event was said, from its ids; undefined for events of other sources. */
export function slackPlaceOf(event: Pick<QueuedEvent, "source" | "refs">): SlackPlace | undefined {
  if (event.source !== "slack") return undefined;
  const refs = Refs.safeParse(event.refs);
  return refs.success ? { ...refs.data, isGated: refs.data.gated === true } : undefined;
}
