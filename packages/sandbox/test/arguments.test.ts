import { expect, it } from "vitest";

import { parseArguments } from "../src/pure/arguments.ts";
import { composeCommand, looksLikeInstall } from "../src/pure/compose.ts";
import { sandboxName } from "../src/pure/name.ts";
import { isInnerLink } from "../src/pure/paths.ts";

const exec = (words: readonly string[], more = {}) => ({
  kind: "exec",
  words,
  pull: "success",
  timeoutMs: undefined,
  isFresh: false,
  ...more,
});

it.each([
  [["npm", "test"], exec(["npm", "test"])],
  [["exec", "--", "list"], exec(["list"])],
  [["exec", "--pull", "never", "--", "--lst"], exec(["--lst"], { pull: "never" })],
  [["--timeout", "90s", "--fresh", "make", "--fresh"], exec(["make", "--fresh"], { timeoutMs: 90_000, isFresh: true })],
  [["--timeout=2h", "x"], exec(["x"], { timeoutMs: 7_200_000 })],
  [["bash", "-lc", "a; b"], exec(["bash", "-lc", "a; b"])],
  [["list"], { kind: "list" }],
  [["--list"], { kind: "list" }],
  [["--create"], { kind: "create" }],
  [["pull"], { kind: "pull" }],
  [[], { kind: "help" }],
  [["--help"], { kind: "help" }],
])("reads %j", (args, read) => {
  expect(parseArguments(args)).toEqual(read);
});

it.each([
  [["--lst"], "unknown option --lst"],
  [["--timeout", "soon", "x"], "duration"],
  [["--timeout", "5s", "--timeout", "6s", "x"], "twice"],
  [["--pull", "maybe", "x"], "success, always or never"],
  [["--pull", "always"], "a command is missing"],
  [["git", "status"], "git does not run in the sandbox"],
  [["exec", "ls"], "needs --"],
  [["--", "ls"], "belongs to"],
  [["sh", "script.sh"], "sh runs only as"],
  [["bash", "-c", "a", "b"], "bash runs only as"],
  [["stop", "now"], "takes no arguments"],
])("refuses %j (S28)", (args, text) => {
  expect(parseArguments(args)).toEqual({ kind: "refused", text: expect.stringContaining(text) });
});

it("quotes every word, and gives an inner shell its text as it is", () => {
  expect(composeCommand(["echo", "a b", "it's", "$X"], "")).toBe(
    `cd '/workspace/sandbox' || exit 1\n'echo' 'a b' 'it'\\''s' '$X'\n`,
  );
  expect(composeCommand(["sh", "-c", "a && b"], "sub dir")).toBe(`cd '/workspace/sandbox/sub dir' || exit 1\na && b\n`);
});

it("knows what fetches", () => {
  expect(["npm ci", "pip install x", "curl http://x", "npx y"].every((text) => looksLikeInstall(text.split(" ")))).toBe(
    true,
  );
  expect(looksLikeInstall(["bash", "-c", "npm ci && x"])).toBe(true);
  expect(
    [
      ["npm", "test"],
      ["make", "install"],
    ].some(looksLikeInstall),
  ).toBe(false);
});

it("names a sandbox after its worktree, in 63 characters at most", () => {
  const name = (root: string, isHashed = false) => sandboxName(root, "/w", { hash: "0123456789", isHashed });
  expect(name("/w/r/feat/New_Thing")).toBe("thor-r-feat-new-thing");
  expect(name("/w/r/x", true)).toBe("thor-r-x-0123456");
  expect(name(`/w/r/${"long-".repeat(30)}`)).toMatch(/^thor-r-[a-z-]+-0123456$/);
  expect(name(`/w/r/${"long-".repeat(30)}`).length).toBeLessThanOrEqual(63);
});

it.each([
  ["a", "b", true],
  ["a/b", "../c", true],
  ["a", "../c", false],
  ["a/b", "../../c", false],
  ["a", "/etc/passwd", false],
  ["a", "", false],
  ["a", "b/../../c", false],
  ["a", ".git/config", false],
  ["a/b", "../.GIT/hooks", false],
])("judges a link at %s to %s by its text", (path, target, isInner) => {
  expect(isInnerLink(path, target)).toBe(isInner);
});
