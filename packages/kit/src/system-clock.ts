import type { Clock } from "./flow/clock.ts";

export const systemClock: Clock = { now: () => Date.now(), chance: () => Math.random() };
