import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { plainGit } from "./git-host.ts";
import { openWorld } from "./world.ts";

const hasBwrap = spawnSync("bwrap", ["--unshare-user", "--ro-bind", "/", "/", "true"]).status === 0;
const WALLS = hasBwrap ? ["none", "bwrap"] : ["none"];

it.each(WALLS)(
  "clones, adds a worktree, commits with credit, pushes, and owns the branch (confinement: %s)",
  async (wall) => {
    const world = await openWorld({ THOR_EXEC_SANDBOX: wall });
    await world.settle();
    expect(readFileSync(join(world.directory, "passes", world.first.anchorId, "worktrees"), "utf8")).toBe(
      `${world.worktree}\n`,
    );
    writeFileSync(join(world.worktree, "new.txt"), "hello\n");
    const here = (args: string | readonly string[]) => world.git(args, world.worktree);
    expect(await here("add -A")).toMatchObject({ status: 200, exitCode: 0 });
    expect(await here(["commit", "-m", "subject", "-m", "body"])).toMatchObject({ exitCode: 0 });
    expect((await here("log -1 --format=%B%an")).stdout).toBe(
      "subject\n\nbody\n\nCo-authored-by: Ada <ada@example.com>\nthor[bot]\n",
    );
    const dry = await here("push --dry-run origin HEAD:refs/heads/feat/x");
    expect(dry).toMatchObject({ exitCode: 0 });
    const alias = { type: "git.branch", value: "r:feat/x" } as const;
    expect(await world.ledger.anchorOf(alias)).toEqual({ kind: "unknown" });
    expect(await here("push -u origin HEAD:refs/heads/feat/x")).toMatchObject({ exitCode: 0 });
    expect(await world.ledger.anchorOf(alias)).toEqual({ kind: "known", anchorId: world.first.anchorId });
    expect(plainGit(world.github.bare, "rev-parse", "feat/x")).toBe((await here("rev-parse HEAD")).stdout);
    expect((await here("rev-parse --abbrev-ref feat/x@{upstream}")).stdout).toBe("origin/feat/x\n");
    for (const { body } of world.github.mints) {
      expect(body.repositories).toEqual(["r"]);
      expect(Object.keys(body.permissions).toSorted()).toEqual(["contents", "metadata"]);
    }
  },
);

it("shows what every reading command shows", async () => {
  const world = await openWorld();
  await world.settle();
  const lines =
    `status -sb|log --oneline -5|diff HEAD~0|show HEAD:f|rev-parse --abbrev-ref HEAD|rev-list --count main..HEAD|merge-base main HEAD
describe --tags --always|merge-base --is-ancestor main HEAD|merge-base --fork-point main|cat-file -p HEAD:f|cat-file blob HEAD:f
for-each-ref --sort=-committerdate --format=%(refname:short) refs/heads|range-diff main...HEAD|shortlog -sne|cherry -v main
ls-tree -r --name-only HEAD|ls-tree HEAD -- src|fetch --prune --tags|fetch --all|ls-remote --heads|ls-remote origin refs/heads/main
branch --show-current|branch -a|branch --list feat/*|branch -vv|branch --merged|branch --contains HEAD|remote -v|remote get-url origin|remote show origin
config --get user.name|config --list --show-origin|worktree list --porcelain|tag|tag -n5 --list|tag -l v*|stash list|reflog|reflog show HEAD
reflog exists HEAD|diff main feat/x -- f src|grep -nE needle main -- src|grep needle|blame -L 1,1 -w f|blame HEAD f|ls-files -s|ls-files -- src
status -- src|log -p -M50% --since=2.weeks --author=Ada -- src|rev-list main --not HEAD|log --all --not --remotes|name-rev HEAD|show-ref --heads
cat-file --batch-check --batch-all-objects|count-objects -v|rev-parse --verify -q HEAD|check-ref-format --branch x|show-branch --list|diff-tree -r HEAD
fetch origin main|rev-parse HEAD --show-toplevel|log -L1,1:f|shortlog --group=author HEAD`.split(/[|\n]/);
  const show = async (line: string) => {
    const { status, exitCode, stderr } = await world.git(line, world.worktree);
    return `${line}: ${status} ${exitCode} ${exitCode === 0 ? "" : stderr}`;
  };
  while (lines.length > 0) {
    const some = lines.splice(0, 8);
    expect(await Promise.all(some.map(show))).toEqual(some.map((line) => `${line}: 200 0 `));
  }
  expect((await world.git("config --get user.name", world.worktree)).stdout).toBe("thor[bot]\n");
  expect((await world.git("grep needle", world.worktree)).stdout).toBe("src/g:needle\n");
  expect((await world.git("log --oneline", world.worktree)).stdout).toMatch(/^[0-9a-f]+ first\n$/);
});

it("commits messages from a file and from standard input, and carries a merge through its conflict", async () => {
  const world = await openWorld();
  await world.settle();
  const here = (args: string | readonly string[], stdin?: string) =>
    world.exec(world.first.sessionId, "/exec/git", {
      args: typeof args === "string" ? args.split(" ") : args,
      cwd: world.worktree,
      ...(stdin === undefined ? {} : { stdin }),
    });
  const write = (text: string) => writeFileSync(join(world.worktree, "f"), text);
  writeFileSync(join(world.worktree, "msg.txt"), "from a file\n\nwith a body\n");
  write("mine\n");
  await here("add f");
  expect(await here("commit -F msg.txt")).toMatchObject({ exitCode: 0 });
  expect((await here("log -1 --format=%B")).stdout).toContain("from a file\n\nwith a body");
  write("mine again\n");
  await here("add f");
  expect(await here("commit -F -", "-n --amend\n$(id)")).toMatchObject({ exitCode: 0 });
  expect((await here("log -1 --format=%B")).stdout).toContain("-n --amend\n$(id)");

  const theirs = join(world.directory, "theirs");
  plainGit(world.directory, "clone", "--quiet", world.github.bare, theirs);
  writeFileSync(join(theirs, "f"), "theirs\n");
  plainGit(theirs, "commit", "--quiet", "-am", "theirs");
  plainGit(theirs, "push", "--quiet", "origin", "HEAD:main");
  expect(await here("fetch")).toMatchObject({ exitCode: 0 });
  expect(await here("merge origin/main")).toMatchObject({ status: 200, exitCode: 1 });
  write("both\n");
  await here("add f");
  expect(await here("merge --continue")).toMatchObject({ exitCode: 0 });
  expect((await here("rev-list --count --min-parents=2 HEAD")).stdout).toBe("1\n");
  expect(await here("revert -m 1 HEAD")).toMatchObject({ exitCode: 0 });
  expect((await here("show HEAD:f")).stdout).toBe("mine again\n");
});

it("leaves nothing of a clone that fails, and refuses one that is in the way", async () => {
  const world = await openWorld();
  const repos = join(world.workspace, "repos");
  world.github.state.mintStatus = 404;
  expect(await world.git(["clone", world.url], repos)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("not installed"),
  });
  expect(existsSync(join(repos, "r"))).toBe(false);
  delete world.github.state.mintStatus;
  await world.settle();
  expect(await world.git(["clone", world.url], repos)).toMatchObject({
    status: 400,
    stderr: expect.stringContaining("exists already"),
  });
  for (const url of [
    "https://localhost:1/acme/r",
    `${world.url}?depth=1`,
    `https://u@${world.github.host}/acme/r`,
    `https://${world.github.host}/evil/r`,
    "git@github.com:acme/r",
    `https://${world.github.host}/acme/a%2Fb`,
    world.url.replace("https", "http"),
  ]) {
    expect(await world.git(["clone", url], repos)).toMatchObject({ status: 400 });
  }
});

it("does not start in production without tools that are new enough, and elsewhere answers that they are not there", async () => {
  const old = tempDir();
  for (const [tool, says] of [
    ["git", "git version 2.30.2"],
    ["gh", "gh version 2.22.1 (2023-01-01)"],
  ])
    writeFileSync(join(old, tool ?? ""), `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
  const PATH = `${old}:/usr/bin:/bin`;
  await expect(openWorld({ PATH, NODE_ENV: "production" })).rejects.toThrow(
    "git is old; 2.39 or newer is needed\ngh is old; 2.23 or newer is needed",
  );
  const world = await openWorld({ PATH });
  const inRepos = join(world.workspace, "repos");
  expect(await world.git("--version", inRepos)).toMatchObject({
    exitCode: 127,
    stderr: "git: not installed in this deployment\n",
  });
  expect(world.lines.filter(({ event }) => event === "tool_degraded")).toMatchObject([
    { tool: "git", found: "old" },
    { tool: "gh", found: "old" },
  ]);
});

it("answers with what it knows when a command could not run to its end", async () => {
  const world = await openWorld({ PATH: "/nonexistent" });
  const answer = await world.git("--version", join(world.workspace, "repos"));
  expect(answer).toMatchObject({ status: 200, exitCode: 127, stderr: "git: not installed in this deployment\n" });
});
