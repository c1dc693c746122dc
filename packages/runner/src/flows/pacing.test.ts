import { expect, it } from "vitest";

import { createPacing } from "./pacing.ts";

it("lets the first go at once and ten that come together go far enough apart, and forgets the past", async () => {
  let now = 1000;
  const waits: number[] = [];
  const pace = createPacing({
    now: () => now,
    gapMs: 5000,
    pause: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  for (let at = 0; at < 10; at += 1) await pace();
  expect(waits).toEqual(Array.from({ length: 10 }, (_, at) => at * 5000));
  now += 120_000;
  await pace();
  expect(waits.at(-1)).toBe(0);
});
