import { sha256Hex } from "@thor/kit/derived-key";
import { expect, it } from "vitest";

import { maskHeaders, mergeTexts } from "./text-diff.ts";

const base = "a\nb\nc\nd\ne\nf\n";

it("joins changes that do not touch each other, and refuses those that do", () => {
  expect(mergeTexts(base, "A\nb\nc\nd\ne\nf\n", "a\nb\nc\nd\ne\nF\ng\n")).toBe("A\nb\nc\nd\ne\nF\ng\n");
  expect(mergeTexts(base, "a\nb\nc\nd\ne\nf\n", "a\nc\nd\ne\nf\n")).toBe("a\nc\nd\ne\nf\n");
  expect(mergeTexts(base, "a\nX\nc\nd\ne\nf\n", "a\nY\nc\nd\ne\nf\n")).toBeUndefined();
});

it("shows of a header's value only whether it changed", () => {
  const text = (value: string) => `{"headers": {"Authorization": "Bearer ${value}"}, "host": "a"}`;
  const [one, other] = ["secret-one", "secret-two"].map((value) => maskHeaders(text(value), sha256Hex));
  expect([one, other].join()).not.toContain("secret");
  expect(one).not.toBe(other);
  expect(one).toContain('"host": "a"');
});
