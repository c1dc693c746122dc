import { expect, it } from "vitest";

import { numbersIn, termsOf, titleIn } from "./words.ts";

it("calls a conversation by the first line of a person, or by the title of what it is about", () => {
  const asked = "\n <@U0THOR001>  please fix &lt;cart&gt; in <#C1|shop> see <https://x.example/a|the ticket>\nand more";
  expect(titleIn([{ text: asked }])).toBe("please fix <cart> in see the ticket");
  const pull = { number: 7, title: "Fix the cart" };
  expect(titleIn([{ text: "<@U0THOR001>" }, { pull_request: pull, comment: { body: "look" } }])).toBe("Fix the cart");
  expect(titleIn([{ prompt: "Tidy up\nevery day" }])).toBe("Tidy up");
  expect(titleIn([{ text: "x".repeat(500) }])?.length).toBeLessThanOrEqual(120);
  expect(titleIn([undefined, { conclusion: "success" }])).toBeUndefined();
  expect(numbersIn([{ pull_request: pull }, { issue: { number: 12, title: "t" } }, {}])).toEqual(["7", "12"]);
});

it("finds it by words, names, branches and numbers, each once and none too long", () => {
  const words = termsOf(["Fix the Cart, cart!", "shop", "feature/new-cart", "Ann Ö.", undefined, "7"]);
  expect(words).toEqual(["fix", "the", "cart", "shop", "feature", "new-cart", "ann", "7"]);
  expect(termsOf(["w".repeat(100)])[0]).toHaveLength(64);
  expect(termsOf([Array.from({ length: 200 }, (_one, at) => `word${at}`).join(" ")])).toHaveLength(64);
});
