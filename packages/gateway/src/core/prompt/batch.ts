import { CronEvent } from "@thor/domain/cron-event";
import type { QueuedEvent } from "@thor/domain/queue";
/** The prompt of a batch, within its size: what does not fit travels with the next one. */
import { SlackMessageEvent } from "@thor/domain/slack-event";

import { cronBlock } from "./cron.ts";
import { routingBlock, slackBlock, type Routing } from "./slack.ts";

const MAX_PROMPT_BYTES = 512 * 1024;

const sizeOf = (event: QueuedEvent) => JSON.stringify(event.payload).length * 2;

/** As many events, in order, as fit into one prompt; always at least one. */
export function fitBatch(events: readonly QueuedEvent[]): { batch: QueuedEvent[]; rest: QueuedEvent[] } {
  let size = 0;
  const over = events.findIndex((event, at) => {
    size += sizeOf(event);
    return at > 0 && size > MAX_PROMPT_BYTES;
  });
  return over === -1 ? { batch: [...events], rest: [] } : { batch: events.slice(0, over), rest: events.slice(over) };
}

export function renderBatch(batch: readonly QueuedEvent[], routing?: Routing): string {
  const slack = batch.filter(({ source }) => source === "slack").map(({ payload }) => SlackMessageEvent.parse(payload));
  const cron = batch.filter(({ source }) => source === "cron").map(({ payload }) => CronEvent.parse(payload));
  const blocks = [
    ...(routing === undefined ? [] : [routingBlock(routing)]),
    ...(slack.length > 0 ? [slackBlock(slack)] : []),
    ...(cron.length > 0 ? [cronBlock(cron)] : []),
  ];
  return blocks.join("\n\n");
}
