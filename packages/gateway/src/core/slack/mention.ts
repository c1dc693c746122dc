import { blockTags } from "./block-tags.ts";
import type { SlackMessage } from "./shapes.ts";

/** Whether a message calls Thor by name: in its own text (or, without text, in its blocks), or Slack says so. */
export function isMention(message: Pick<SlackMessage, "type" | "text" | "blocks">, botUserId: string): boolean {
  if (message.type === "app_mention") return true;
  const { text } = message;
  if (text === undefined || text === "") return blockTags(message.blocks).includes(`user:${botUserId}`);
  return text.includes(`<@${botUserId}>`) || text.includes(`<@${botUserId}|`);
}
