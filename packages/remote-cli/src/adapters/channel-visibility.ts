import type { Clock } from "@thor/kit/flow/clock";
import { readVisibility } from "@thor/slack/channel";
import type { SlackApi } from "@thor/slack/client";

const TTL_MS = 3_600_000;

/** What Slack says about a channel, remembered for an hour; no answer is not an answer. */
export function createVisibility(api: SlackApi, clock: Clock) {
  const known = new Map<string, { visibility: "open" | "gated"; until: number }>();
  return async (channel: string): Promise<"open" | "gated" | "unknown"> => {
    const entry = known.get(channel);
    if (entry !== undefined && entry.until > clock.now()) return entry.visibility;
    const answer = await readVisibility(api, channel);
    if (answer.kind !== "ok") return "unknown";
    known.set(channel, { visibility: answer.body, until: clock.now() + TTL_MS });
    return answer.body;
  };
}
