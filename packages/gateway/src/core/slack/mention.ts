import type { SlackMessage } from "./envelope.ts";

/** Whether a message calls Thor by name: `<@BOT>` or `<@BOT|label>` in its own text, or Slack says so. */
export function isMention(message: Pick<SlackMessage, "type" | "text">, botUserId: string): boolean {
  if (message.type === "app_mention") return true;
  const text = message.text ?? "";
  return text.includes(`<@${botUserId}>`) || text.includes(`<@${botUserId}|`);
}
