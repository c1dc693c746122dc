/** What becomes of a message that was written while Thor was down. */
import { isMention } from "./mention.ts";
import type { SlackMessage } from "./shapes.ts";

const HOUR_MS = 60 * 60_000;

/** Fresh ones come in as if Slack had just delivered them; for old ones a person is asked whether they still matter. */
export function judgeMissed(
  message: Pick<SlackMessage, "type" | "text" | "blocks" | "ts" | "bot_id">,
  { now, botUserId, isEngaged }: { now: number; botUserId: string; isEngaged: boolean },
): "receive" | "ask" | "skip" {
  const isForThor = message.bot_id === undefined && (isEngaged || isMention(message, botUserId));
  if (now - Number(message.ts) * 1000 <= HOUR_MS) return "receive";
  return isForThor ? "ask" : "skip";
}
