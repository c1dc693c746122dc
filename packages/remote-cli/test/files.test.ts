/** Files that a download brings, and addresses that a git host names: what reaches beyond is refused. */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { realpath } from "node:fs/promises";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { judgeTarget, pinnedTo } from "../src/adapters/public-target.ts";
import { publishFiles } from "../src/adapters/publish-files.ts";

async function setUp() {
  const base = await realpath(tempDir());
  const [from, root, outside] = [join(base, "staging"), join(base, "tree"), join(base, "outside")];
  for (const path of [from, root, outside, join(from, "a")]) mkdirSync(path);
  writeFileSync(join(from, "a", "new"), "downloaded");
  return { from, root, outside };
}

it("puts files below the directory and replaces none", async () => {
  const { from, root } = await setUp();
  expect(await publishFiles(from, { root, path: join(root, "d") })).toBeUndefined();
  expect(readFileSync(join(root, "d", "a", "new"), "utf8")).toBe("downloaded");
  writeFileSync(join(root, "d", "a", "new"), "mine");
  expect(await publishFiles(from, { root, path: join(root, "d") })).toContain("nothing is replaced");
  expect(readFileSync(join(root, "d", "a", "new"), "utf8")).toBe("mine");
});

it("follows no link on the way, and takes none along", async () => {
  const { from, root, outside } = await setUp();
  symlinkSync(outside, join(root, "link"));
  mkdirSync(join(root, "deep"));
  symlinkSync(outside, join(root, "deep", "a"));
  expect(await publishFiles(from, { root, path: join(root, "link") })).toContain("in the way");
  expect(await publishFiles(from, { root, path: join(root, "deep") })).toContain("in the way");
  expect(existsSync(join(outside, "new")) || existsSync(join(outside, "a"))).toBe(false);
  symlinkSync("/etc/passwd", join(from, "a", "passwd"));
  expect(await publishFiles(from, { root, path: join(root, "d") })).toContain("neither file nor directory");
  expect(existsSync(join(root, "d"))).toBe(false);
});

it.each([
  ["http://1.1.1.1/x", "refused"],
  ["https://1.1.1.1/x", "public"],
  ["https://user@1.1.1.1/x", "refused"],
  ["https://127.0.0.1/x", "refused"],
  ["https://10.1.2.3/x", "refused"],
  ["https://169.254.169.254/x", "refused"],
  ["https://[::1]/x", "refused"],
  ["https://[::ffff:127.0.0.1]/x", "refused"],
  ["https://[fd00::1]/x", "refused"],
  ["https://localhost:8443/x", "known"],
  ["https://localhost:9999/x", "refused"],
])("%s as the target of a redirect is %s", async (url, expected) => {
  expect((await judgeTarget(new URL(url), ["localhost:8443"])).kind).toBe(expected);
});

it("connects to the address that was judged, whatever the name means a moment later", async () => {
  const first = [{ address: "1.1.1.1", family: 4 }];
  const target = await judgeTarget(new URL("https://rebound.example/x"), [], async () => first);
  if (target.kind !== "public") throw new Error(target.kind);
  const found = new Promise((resolve) =>
    pinnedTo(target.addresses)("rebound.example", { all: true }, (_fault, addresses) => resolve(addresses)),
  );
  expect(await found).toEqual(first);
  const mixed = async () => [...first, { address: "10.0.0.1", family: 4 }];
  expect(await judgeTarget(new URL("https://mixed.example/x"), [], mixed)).toEqual({ kind: "refused" });
});
