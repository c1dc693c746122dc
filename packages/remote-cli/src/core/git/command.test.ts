import { expect, it } from "vitest";

import { parseGit, readGitWords } from "./command.ts";

const place = { root: "/w/worktrees/r/feat/x", cwd: "/w/worktrees/r/feat/x" };

function ruleOf(args: readonly string[]): string | undefined {
  const words = readGitWords(args, false);
  if (words.kind !== "command") return undefined;
  const parsed = parseGit(words, place);
  return parsed.kind === "denied" ? parsed.rule : undefined;
}

it("refuses control characters and values that look like options", () => {
  for (const value of ["-x", "a\nb", "a\u0000b", "a".repeat(200_000)]) {
    expect(ruleOf(["log", `--author=${value}`])).toBe("value.invalid");
  }
});

it("opens the rows of Thor's own services to nobody else", () => {
  const backup = ["update-ref", "refs/thor/backup/x/20260101T000000Z", "HEAD"];
  expect(readGitWords(backup, false).kind).toBe("denied");
  expect(readGitWords(backup, true).kind).toBe("command");
});
