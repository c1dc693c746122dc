import * as fc from "fast-check";
import { expect, it } from "vitest";

import { diffOfTexts, readApplyPatch, readPatch } from "./diff.ts";

const signs = { same: " ", added: "+", removed: "-", gap: "~" } as const;
const drawn = (lines: readonly { kind: keyof typeof signs; text: string }[]) =>
  lines.map(({ kind, text }) => signs[kind] + text);

it("shows what changed with its neighbours, and counts it", () => {
  const before = Array.from({ length: 20 }, (_, at) => `line ${at}`).join("\n");
  const file = diffOfTexts("a.ts", { before, after: before.replace("line 10", "other") });
  expect(drawn(file.lines)).toEqual([
    " line 7",
    " line 8",
    " line 9",
    "-line 10",
    "+other",
    " line 11",
    " line 12",
    " line 13",
    "~",
  ]);
  expect([file.added, file.removed, file.change]).toEqual([1, 1, "edited"]);
});

it("loses and invents no line, whatever the texts", () => {
  const text = fc.array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 8 });
  fc.assert(
    fc.property(text, text, (before, after) => {
      const { lines, added, removed } = diffOfTexts("x", {
        before: before.join("\n"),
        after: after.join("\n"),
      });
      expect(lines.filter(({ kind }) => kind === "added")).toHaveLength(added);
      expect(after.length - before.length).toBe(added - removed);
      const shown = lines.filter(({ kind }) => kind !== "removed" && kind !== "gap");
      for (const line of shown) expect(after[(line.after ?? 0) - 1]).toBe(line.text);
    }),
  );
});

it("reads a unified diff with new, deleted and moved files and lines that look like headers", () => {
  const patch = [
    "--- a/one.ts\n+++ b/one.ts\n@@ -1,2 +1,2 @@\n same\n--- old comment\n+++ new comment",
    "--- /dev/null\n+++ b/two.ts\n@@ -0,0 +1 @@\n+new",
    "--- a/three.ts\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone",
    "--- a/four.ts\n+++ b/five.ts\n@@ -1 +1 @@\n-x\n+y",
  ].join("\n");
  expect(readPatch(patch).map(({ path, change, added, removed }) => [path, change, added, removed])).toEqual([
    ["one.ts", "edited", 1, 1],
    ["two.ts", "added", 1, 0],
    ["three.ts", "deleted", 0, 1],
    ["four.ts → five.ts", "moved", 1, 1],
  ]);
  expect(readPatch("no patch at all")).toEqual([]);
});

it("reads the agent's own patches", () => {
  const patch =
    "*** Begin Patch\n*** Update File: a.ts\n*** Move to: b.ts\n@@\n keep\n-old\n+new\n*** Add File: c.ts\n+c\n*** End Patch";
  expect(readApplyPatch(patch).map(({ path, change, added, removed }) => [path, change, added, removed])).toEqual([
    ["a.ts → b.ts", "moved", 1, 1],
    ["c.ts", "added", 1, 0],
  ]);
});
