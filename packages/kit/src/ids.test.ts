import { expect, it } from "vitest";

import { createIds } from "./ids.ts";

it("makes ids that sort in the order they were made, also within a millisecond and when the clock steps back", () => {
  const times = [5000, 5000, 4000, 5001, 5001];
  const nextId = createIds(() => times.shift() ?? 5001);
  const made = Array.from({ length: 9000 }, nextId);
  expect(made.toSorted()).toEqual(made);
  expect(new Set(made).size).toBe(made.length);
  expect(made[0]).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
