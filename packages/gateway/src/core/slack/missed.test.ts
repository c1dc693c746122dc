import { expect, it } from "vitest";

import { judgeMissed } from "./missed.ts";

const NOW = 1_700_000_000_000;
const message = (ageMinutes: number, more: object = {}) => ({
  type: "message" as const,
  text: "hello",
  ts: `${NOW / 1000 - ageMinutes * 60}.000000`,
  bot_id: undefined,
  ...more,
});
const facts = { now: NOW, botUserId: "U0THOR", isEngaged: false };

it("takes what is fresh as it comes, and asks about old words that were meant for Thor", () => {
  expect(judgeMissed(message(59), facts)).toBe("receive");
  expect(judgeMissed(message(61), facts)).toBe("skip");
  expect(judgeMissed(message(61), { ...facts, isEngaged: true })).toBe("ask");
  expect(judgeMissed(message(61, { text: "<@U0THOR> hello" }), facts)).toBe("ask");
  expect(judgeMissed(message(61, { bot_id: "B1" }), { ...facts, isEngaged: true })).toBe("skip");
});
