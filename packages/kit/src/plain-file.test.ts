import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { readPlainFile } from "./plain-file.ts";
import { tempDir } from "./testing/temp-dir.ts";

const LIMIT = 16_384;

it("gives the head of a file that is too long, cut at a whole character, with a mark", async () => {
  const root = tempDir();
  writeFileSync(join(root, "long.md"), "n".repeat(100_000));
  expect(await readPlainFile(root, "long.md", LIMIT)).toBe(`${"n".repeat(LIMIT)}\n…[cut: 83616 bytes more]`);
  writeFileSync(join(root, "wide.md"), "é".repeat(LIMIT));
  expect(await readPlainFile(root, "wide.md", LIMIT - 1)).toBe(
    `${"é".repeat(LIMIT / 2 - 1)}\n…[cut: 16385 bytes more]`,
  );
  writeFileSync(join(root, "short.md"), " tea \n");
  expect(await readPlainFile(root, "short.md", LIMIT)).toBe("tea");
});

it("finds nothing behind a link, in a directory, in white space, or outside", async () => {
  const [root, outside] = [tempDir(), tempDir()];
  writeFileSync(join(outside, "secret.md"), "secret");
  symlinkSync(join(outside, "secret.md"), join(root, "link.md"));
  symlinkSync(outside, join(root, "linked"));
  mkdirSync(join(root, "directory"));
  writeFileSync(join(root, "blank.md"), " \n");
  for (const name of ["link.md", "linked/secret.md", "directory", "blank.md", "missing.md", `../${outside}/secret.md`])
    expect([name, await readPlainFile(root, name, LIMIT)]).toEqual([name, undefined]);
});
