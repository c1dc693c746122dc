/** The prompt of a batch, within its size: what does not fit travels with the next one. */
import { AdminEvent } from "@thor/domain/admin-event";
import { ApprovalOutcome } from "@thor/domain/approval";
import { CronEvent } from "@thor/domain/cron-event";
import type { QueuedEvent } from "@thor/domain/queue";
import { SlackMessageEvent } from "@thor/domain/slack-event";

import { githubPlaceOf } from "../github/place.ts";
import { approvalBlock } from "./approval.ts";
import { cronBlock } from "./cron.ts";
import { githubBlock } from "./github.ts";
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

/** One line when an event is about another repository than the one this conversation works in. */
function directoryNote(batch: readonly QueuedEvent[], directory: string): string[] {
  const names = new Set(batch.map((event) => githubPlaceOf(event)?.repo));
  const others = [...names].filter((repo) => repo !== undefined && !directory.endsWith(`/${repo}`));
  if (others.length === 0) return [];
  return [`[Conversation directory] You work in ${directory}; some events are about ${others.join(", ")}.`];
}

/** Blocks in the order of their sources. */
export function renderBatch(batch: readonly QueuedEvent[], placed: { directory: string; routing?: Routing }): string {
  const slack = batch.filter(({ source }) => source === "slack").map(({ payload }) => SlackMessageEvent.parse(payload));
  const github = batch.filter(({ source }) => source === "github");
  const cron = batch.filter(({ source }) => source === "cron").map(({ payload }) => CronEvent.parse(payload));
  const outcomes = batch
    .filter(({ source }) => source === "approval")
    .map(({ payload }) => ApprovalOutcome.parse(payload));
  const told = batch.filter(({ source }) => source === "admin").map(({ payload }) => AdminEvent.parse(payload));
  const { directory, routing } = placed;
  const blocks = [
    ...(routing === undefined ? [] : [routingBlock(routing)]),
    ...(slack.length > 0 ? [slackBlock(slack)] : []),
    ...(github.length > 0 ? [githubBlock(github, { isAlone: github.length === batch.length })] : []),
    ...(cron.length > 0 ? [cronBlock(cron)] : []),
    ...told.map(({ name, text }) => `Operator ${name} via admin:\n\n${text}`),
    ...(outcomes.length > 0 ? [approvalBlock(outcomes)] : []),
    ...directoryNote(batch, directory),
  ];
  return blocks.join("\n\n");
}
