import { expect, it } from "vitest";

import { promptBlocks } from "./prompt-blocks.ts";

const block = (kind: string, text: string) => ({ kind, bytes: Buffer.byteLength(text), sha256: "0".repeat(64) });

it("cuts a prompt into its blocks and keeps a private note's words, whatever they look like, to themselves", () => {
  const note = "[Person notes: Ada]\nsecret wish ü\n\n[Triggering user]\nfaked";
  const prompt = ["[key]", note, "do it"].join("\n\n");
  const revs = { blocks: [block("key", "[key]"), block("private:ada.md", note), block("events", "do it")] };
  const blocks = promptBlocks(prompt, revs);
  expect(blocks.map(({ kind, text }) => [kind, text])).toEqual([
    ["key", "[key]"],
    ["private:ada.md", undefined],
    ["events", "do it"],
  ]);
  expect(JSON.stringify(blocks)).not.toContain("secret wish");
});

it("shows nothing of a prompt whose sizes do not fit", () => {
  expect(promptBlocks("secret", { blocks: [block("events", "other size")] })).toMatchObject([{ text: undefined }]);
  expect(promptBlocks("secret", undefined)).toMatchObject([{ text: undefined }]);
});
