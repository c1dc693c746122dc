/** What is known about channels: a bounded cache, one look-up in flight per channel, failures never kept. */
import type { Clock } from "@thor/kit/flow/clock";

import type { ChannelClass } from "../core/access/channel-gate.ts";
import type { ChannelFact } from "../core/plan/plan.ts";

const MAX_CHANNELS = 5000;
const USABLE_MS = 60 * 60_000;
const FRESH_MS = 5 * 60_000;

export interface ChannelClassesDeps {
  clock: Clock;
  lookUp: (channel: string) => Promise<ChannelFact>;
}

export function createChannelClasses({ clock, lookUp }: ChannelClassesDeps) {
  const entries = new Map<string, { class: ChannelClass; at: number }>();
  // Slack limits the method, not the channel: nobody asks again before it said so.
  let limitedUntil = 0;
  const flights = new Map<string, Promise<ChannelFact>>();

  const remember = (channel: string, known: ChannelClass) => {
    entries.delete(channel);
    entries.set(channel, { class: known, at: clock.now() });
    const [oldest] = entries.keys();
    if (entries.size > MAX_CHANNELS && oldest !== undefined) entries.delete(oldest);
  };

  const fetch = (channel: string): Promise<ChannelFact> => {
    const waitMs = limitedUntil - clock.now();
    if (waitMs > 0) return Promise.resolve({ kind: "failed", error: "rate limited", retryAfterMs: waitMs });
    const running = flights.get(channel);
    if (running !== undefined) return running;
    const flight = lookUp(channel).then((fact) => {
      // An answer to a question from before the channel changed is nobody's.
      const isCurrent = flights.get(channel) === flight;
      if (isCurrent) flights.delete(channel);
      if (fact.kind === "failed") limitedUntil = Math.max(limitedUntil, clock.now() + (fact.retryAfterMs ?? 0));
      else if (isCurrent) remember(channel, fact.class);
      return fact;
    });
    flights.set(channel, flight);
    return flight;
  };

  const usable = (channel: string) => {
    const entry = entries.get(channel);
    return entry !== undefined && clock.now() - entry.at <= USABLE_MS ? entry : undefined;
  };

  return {
    /** Answers from memory and never waits; refreshes in the background. */
    known: (channel: string): ChannelClass | undefined => {
      const entry = usable(channel);
      if (entry === undefined || clock.now() - entry.at > FRESH_MS) void fetch(channel);
      return entry?.class;
    },
    size: () => entries.size,
    /** What was known is no longer true. */
    forget: (channel: string): void => {
      entries.delete(channel);
      flights.delete(channel);
    },
    /** Answers from memory, or asks Slack. */
    learn: async (channel: string): Promise<ChannelFact> => {
      const entry = usable(channel);
      return entry === undefined ? fetch(channel) : { kind: "class", class: entry.class };
    },
  };
}
