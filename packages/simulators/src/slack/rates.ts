/** Slack's limit that matters most to a bot: one message a second in each channel, after a small burst. */
import type { SimClock } from "../world/clock.ts";

const BURST = 4;
const PER_SECOND = 1;

/** Seconds to wait before this call may be made; 0 takes a token. */
export function createPostingRate(clock: SimClock): (channel: string) => number {
  const buckets = new Map<string, { tokens: number; at: number }>();
  return (channel) => {
    const now = clock.now();
    const { tokens, at } = buckets.get(channel) ?? { tokens: BURST, at: now };
    const filled = Math.min(BURST, tokens + ((now - at) / 1000) * PER_SECOND);
    if (filled < 1) return Math.ceil((1 - filled) / PER_SECOND);
    buckets.set(channel, { tokens: filled - 1, at: now });
    return 0;
  };
}
