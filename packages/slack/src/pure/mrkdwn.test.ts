import { expect, it } from "vitest";

import { escapeMrkdwn, splitMessage } from "./mrkdwn.ts";

it("lets no text from outside notify a channel", () => {
  expect(escapeMrkdwn("a & <!channel>")).toBe("a &amp; &lt;!channel&gt;");
});

it("splits at line ends, keeps every line once, and keeps code fenced in each part", () => {
  const lines = Array.from({ length: 40 }, (_, n) => `line ${n}`);
  const parts = splitMessage(["before", "```", ...lines, "```", "after"].join("\n"), 120);
  expect(parts.length).toBeGreaterThan(2);
  for (const part of parts) {
    expect(part.length).toBeLessThanOrEqual(120);
    expect(part.split("```").length % 2).toBe(1);
  }
  const kept = parts
    .join("\n")
    .split("\n")
    .filter((line) => line.startsWith("line "));
  expect(kept).toEqual(lines);
});

it("cuts a line that is longer than a message and drops nothing", () => {
  expect(splitMessage("x".repeat(250), 100).join("").replaceAll("\n", "")).toHaveLength(250);
  expect(splitMessage("", 100)).toEqual([]);
});
