import { readFileSync, rmSync, statSync } from "node:fs";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { mcpArguments, presentResult } from "./mcp-result.ts";

const label = "mcp-up-tool";
const pathIn = (text: string) => /→ (\/\S+?)\]?"?,?$/m.exec(text)?.[1] ?? "";

it("shows what is short, and keeps all of what is long in a new file that only its owner reads", () => {
  expect(presentResult("short\n", { out: undefined, label })).toBe("short\n");
  const long = JSON.stringify(Array.from({ length: 9000 }, (_, n) => `item ${n}`));
  const shown = presentResult(long, { out: undefined, label });
  expect(shown.length).toBeLessThan(3000);
  expect(shown).toContain("9000 items");
  const path = pathIn(shown);
  expect(readFileSync(path, "utf8")).toBe(long);
  expect(statSync(path).mode & 0o777).toBe(0o600);
  rmSync(path);
});

it("puts binary parts into files and names them in their place", () => {
  const image = { type: "image", mimeType: "image/png", data: Buffer.from("PNG!").toString("base64") };
  const shown = presentResult(JSON.stringify({ content: [{ type: "text", text: "hi" }, image] }), {
    out: undefined,
    label,
  });
  expect(shown).toMatch(/\[image\/png, 4 bytes → .*\.png\]/);
  const path = pathIn(shown);
  expect(readFileSync(path, "utf8")).toBe("PNG!");
  rmSync(path);
});

it("writes where it is told to, and does not tell remote-cli of it", () => {
  const out = `${tempDir()}/result`;
  expect(mcpArguments(["up", "tool", "{}", "--out", out])).toEqual({ args: ["up", "tool", "{}"], out, label });
  expect(presentResult("text", { out, label })).toBe(`4 bytes → ${out}\n`);
  expect(readFileSync(out, "utf8")).toBe("text");
});
