import { expect, it } from "vitest";

import { createSimClock } from "./clock.ts";

it("stands still when frozen, moves when told, and goes on from there", () => {
  let real = 1000;
  const clock = createSimClock(() => real);
  clock.freeze(true);
  real += 5000;
  expect(clock.now()).toBe(1000);
  clock.advance(250);
  expect(clock.now()).toBe(1250);
  clock.freeze(false);
  real += 10;
  expect(clock.now()).toBe(1260);
  clock.close();
});

it("runs what is due in order of time, and nothing that was called off", () => {
  const clock = createSimClock(() => 0);
  const ran: string[] = [];
  clock.schedule(200, () => ran.push("second"));
  clock.schedule(100, () => ran.push("first"));
  clock.schedule(150, () => ran.push("never"))();
  clock.schedule(9000, () => ran.push("later"));
  clock.advance(1000);
  expect(ran).toEqual(["first", "second"]);
  clock.close();
});
