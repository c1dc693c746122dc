import { expect, it } from "vitest";

import { createSlots } from "./slots.ts";

it("lets so many go, the rest in turn, nobody's second before another's first, and gives up who is released", async () => {
  const slots = createSlots(2);
  slots.hold({ id: "a1", person: "ann" });
  expect(await slots.take({ id: "a2", person: "ann" })).toBe(true);
  const order: string[] = [];
  const wait = (id: string, person: string) =>
    slots.take({ id, person }).then((mayGo) => void order.push(`${id} ${mayGo ? "goes" : "stays"}`));
  const waits = [wait("a3", "ann"), wait("b1", "bea"), wait("a4", "ann")];
  expect([slots.ahead("a3"), slots.ahead("b1"), slots.ahead("a1")]).toEqual([0, 1, undefined]);
  slots.release("a1");
  await waits[1];
  slots.release("a4");
  slots.release("b1");
  await Promise.all(waits);
  expect(order).toEqual(["b1 goes", "a4 stays", "a3 goes"]);
});
