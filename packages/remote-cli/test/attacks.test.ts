import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { plainGit } from "./git-host.ts";
import { openWorld, SECRET, tokenOf } from "./world.ts";

const EVERY_TOOL = [
  "git",
  "gh",
  "aws",
  "psql",
  "metabase",
  "ldcli",
  "scoutqa",
  "mcp",
  "approval",
  "slack-post-message",
];
type World = Awaited<ReturnType<typeof openWorld>>;

async function openSettled(env: Record<string, string> = {}) {
  const world = await openWorld(env);
  await world.settle();
  return { ...world, here: (args: string | readonly string[]) => world.git(args, world.worktree) };
}

it("lets nobody act as a session without that session's own token", async () => {
  const world = await openSettled();
  const other = await world.second();
  const body = { args: ["status"], cwd: world.worktree };
  const mine = tokenOf(other.sessionId);
  const borrowed = (token: string) => ({ "x-thor-session-id": world.first.sessionId, "x-thor-session-token": token });
  const right = tokenOf(world.first.sessionId);
  const forged = [
    mine,
    "",
    right.slice(0, -1),
    `${right.slice(0, -1)}${right.endsWith("A") ? "B" : "A"}`,
    right.slice(3),
    tokenOf(world.first.sessionId, "another secret with enough characters"),
  ];
  for (const token of forged) {
    for (const tool of EVERY_TOOL) {
      const path = `/exec/${tool}`;
      const answer = await world.send(path, body, borrowed(token));
      expect(answer).toMatchObject({
        status: 401,
        text: JSON.stringify({ stdout: "", stderr: "Unauthorized\n", exitCode: 1 }),
      });
    }
  }
  expect((await world.send("/exec/git", body)).status).toBe(401);
  const rejected = await world.ledger.auditPage({ event: "auth_rejected", limit: 100 });
  expect(rejected.rows).toHaveLength(forged.length * EVERY_TOOL.length + 1);
  // Nothing but the clone and the worktree that the world began with.
  expect(world.events().filter((event) => event === "exec_started")).toHaveLength(2);
  expect((await world.send("/exec/git", body, { "x-thor-internal-secret": SECRET })).status).toBe(401);
  expect((await world.send("/internal/exec", { bin: "git", ...body }, world.as(world.first.sessionId))).status).toBe(
    401,
  );
  expect(
    (await world.send("/internal/cancel", { sessionId: "x" }, { "x-thor-internal-secret": `${SECRET}x` })).status,
  ).toBe(401);
});

it("keeps one conversation's worktree from another, whatever names it", async () => {
  const world = await openSettled();
  const other = await world.second();
  writeFileSync(join(world.worktree, "private.txt"), "private words\n");
  const foreign = (args: readonly string[], cwd = world.main) => world.git(args, cwd, other.sessionId);
  for (const answer of [
    await foreign(["status"], world.worktree),
    await foreign(["-C", world.worktree, "diff"]),
    await foreign(["-C", join(world.worktree, "src"), "status"]),
    await foreign(["worktree", "remove", world.worktree]),
  ]) {
    expect(answer.status).toBe(400);
    expect(answer.stderr).toContain(`https://thor.example/runner/v/${world.first.anchorId}`);
  }
  expect(
    (await foreign(["worktree", "add", "-b", "feat/y", join(world.workspace, "worktrees/r/feat/y"), "origin/main"]))
      .exitCode,
  ).toBe(0);
  expect((await foreign(["log", "--oneline"])).exitCode).toBe(0);
});

it("moves no protected branch and no branch of another conversation", async () => {
  const world = await openSettled();
  const before = plainGit(world.github.bare, "for-each-ref");
  for (const branch of [
    "main",
    "Main",
    "MASTER",
    "release/1",
    "../heads/main",
    "a..b",
    "x.lock",
    "feat//x",
    "-x",
    "x:y",
  ])
    expect(await world.here(["push", "origin", `HEAD:refs/heads/${branch}`])).toMatchObject({ status: 400 });
  const other = await world.second();
  await world.ledger.bindAlias({ type: "git.branch", value: "r:theirs", anchorId: other.anchorId, source: "test" });
  const refused = await world.here("push origin HEAD:refs/heads/theirs");
  expect(refused).toMatchObject({ status: 400, stderr: expect.stringContaining(`/runner/v/${other.anchorId}`) });
  for (const args of [
    "fetch origin +main:refs/heads/main",
    "fetch origin main:refs/heads/feat/y",
    "fetch -f",
    "fetch -u origin main",
  ])
    expect(await world.here(args)).toMatchObject({ status: 400 });
  expect(plainGit(world.github.bare, "for-each-ref")).toBe(before);
});

/** Plants a program that leaves a sentinel, and configuration that would start it. */
function plantProgram(world: World) {
  const sentinel = join(world.directory, "sentinel");
  const program = join(world.directory, "program");
  writeFileSync(program, `#!/bin/sh\ntouch ${sentinel}\ncat\n`, { mode: 0o755 });
  return { program, wasRun: () => existsSync(sentinel) };
}

it("starts no program that options name", async () => {
  const world = await openSettled();
  const { program, wasRun } = plantProgram(world);
  const lines = [
    [`grep`, `-O${program}`, "needle"],
    ["grep", `--open-files-in-pager=${program}`, "needle"],
    ["-c", `core.fsmonitor=${program}`, "status"],
    ["-c", `alias.x=!${program}`, "x"],
    [`--exec-path=${world.directory}`, "status"],
    ["fetch", `--upload-pack=${program}`, "origin"],
    ["push", `--receive-pack=${program}`, "origin", "HEAD:refs/heads/feat/z"],
    ["ls-remote", `--upload-pack=${program}`, "origin"],
    ["clone", "--upload-pack", program, world.url],
    ["clone", `ext::${program}`],
    ["diff", "--ext-diff"],
    ["log", "-p", "--textconv"],
    ["log", "--show-signature"],
    ["log", "--format=%G?"],
    ["commit", "-S", "-m", "x"],
    ["cat-file", "--textconv", "HEAD:f"],
    ["rebase", "--exec", program],
    ["-p", "log"],
    ["--paginate", "log"],
  ];
  for (const line of lines)
    expect(`${line.join(" ")} ${(await world.here(line)).status}`).toBe(`${line.join(" ")} 400`);
  expect(wasRun()).toBe(false);
});

it("starts no program that files in the worktree name", async () => {
  const world = await openSettled();
  const { program, wasRun } = plantProgram(world);
  writeFileSync(join(world.worktree, ".gitattributes"), "* filter=evil diff=evil merge=evil\n");
  writeFileSync(
    join(world.worktree, ".gitmodules"),
    `[submodule "x"]\n\tpath = x\n\turl = ${world.url}\n\tupdate = !${program}\n\tignore = none\n`,
  );
  mkdirSync(join(world.main, ".git", "hooks"), { recursive: true });
  for (const hook of [
    "pre-commit",
    "post-commit",
    "commit-msg",
    "pre-push",
    "post-checkout",
    "post-index-change",
    "fsmonitor-watchman",
    "reference-transaction",
  ])
    writeFileSync(join(world.main, ".git", "hooks", hook), readFileSync(program), { mode: 0o755 });
  for (const line of [
    "add -A",
    "status",
    "diff --cached",
    "commit -m x",
    "log -p",
    "show HEAD",
    "push origin HEAD:refs/heads/feat/x",
    "revert --no-edit HEAD",
    "fetch",
  ])
    expect(`${line} ${(await world.here(line)).exitCode}`).toBe(`${line} 0`);
  expect(wasRun()).toBe(false);
});

it("starts no git at all where a repository's configuration holds a key that Thor did not set", async () => {
  const world = await openSettled();
  const { program, wasRun } = plantProgram(world);
  const config = join(world.main, ".git", "config");
  const clean = readFileSync(config, "utf8");
  const traps = [
    `[core]\n\tfsmonitor = ${program}`,
    `[core]\n\tsshCommand = ${program}`,
    `[diff]\n\texternal = ${program}`,
    `[filter "evil"]\n\tclean = ${program}`,
    `[alias]\n\tlog = !${program}`,
    `[include]\n\tpath = /etc/gitconfig`,
    `[includeIf "gitdir:/"]\n\tpath = /etc/gitconfig`,
    `[url "https://evil.example/"]\n\tinsteadOf = https://`,
    `[remote "origin"]\n\tpushurl = https://evil.example/acme/r`,
    `[credential]\n\thelper = !${program}`,
    `[core]\n\tworktree = /etc`,
    `[extensions]\n\tworktreeConfig = true`,
    `[core] fsmonitor = ${program}`,
    `[CORE]\n\tFsMonitor = ${program}`,
    `[core]\n\tfilemode = true \\\n\tfsmonitor = x`,
  ];
  for (const trap of traps) {
    writeFileSync(config, `${clean}${trap}\n`);
    for (const line of ["status", "fetch"]) expect(`${trap} ${(await world.here(line)).status}`).toBe(`${trap} 400`);
  }
  expect(wasRun()).toBe(false);
});

it("follows no tie between a directory and a repository that it did not make", async () => {
  const world = await openSettled();
  const { program, wasRun } = plantProgram(world);
  const evil = join(world.workspace, "worktrees", "r", "evil");
  mkdirSync(evil, { recursive: true });
  plainGit(evil, "init", "--quiet");
  plainGit(evil, "config", "core.fsmonitor", program);
  const status = async (cwd: string) => (await world.git("status", cwd)).status;
  expect(await status(evil)).toBe(400);
  const pointer = join(world.worktree, ".git");
  const honest = readFileSync(pointer, "utf8");
  const id = /worktrees\/(.+)\n/.exec(honest)?.[1] ?? "";
  for (const text of [
    `gitdir: ${evil}/.git\n`,
    `gitdir: ${world.main}/.git\n`,
    `gitdir: ${world.main}/.git/worktrees/../../../r/.git/worktrees/${id}\n`,
    `gitdir: ../../../../repos/r/.git/worktrees/${id}\n`,
    `${honest}x\n`,
  ]) {
    writeFileSync(pointer, text);
    expect(await status(world.worktree)).toBe(400);
  }
  rmSync(pointer);
  symlinkSync(join(world.directory, "honest"), pointer);
  writeFileSync(join(world.directory, "honest"), honest);
  expect(await status(world.worktree)).toBe(400);
  rmSync(pointer);
  renameSync(join(evil, ".git"), pointer);
  expect(await status(world.worktree)).toBe(400);
  rmSync(pointer, { recursive: true });
  writeFileSync(pointer, honest);
  expect(await status(world.worktree)).toBe(200);
  const copy = join(world.workspace, "worktrees", "r", "copy");
  mkdirSync(copy);
  writeFileSync(join(copy, ".git"), honest);
  symlinkSync(world.worktree, join(world.workspace, "worktrees", "r", "alias"));
  for (const cwd of [
    copy,
    join(world.workspace, "worktrees/r/alias"),
    "/etc",
    "relative",
    `${world.main}/../../config`,
    join(world.main, ".git"),
  ])
    expect(`${cwd} ${await status(cwd)}`).toBe(`${cwd} 400`);
  expect(wasRun()).toBe(false);
});

it("descends into no repository inside the worktree", async () => {
  const world = await openSettled();
  const { program, wasRun } = plantProgram(world);
  const nested = join(world.worktree, "sub");
  mkdirSync(nested);
  plainGit(nested, "init", "--quiet");
  plainGit(nested, "commit", "--quiet", "--allow-empty", "-m", "x");
  plainGit(nested, "config", "core.fsmonitor", program);
  plainGit(nested, "config", "filter.evil.clean", program);
  writeFileSync(join(nested, ".gitattributes"), "* filter=evil\n");
  for (const line of ["add -A", "add sub", "add ."])
    expect(await world.here(line)).toMatchObject({
      status: 400,
      stderr: expect.stringContaining("repository of its own"),
    });
  expect(await world.git("status", nested)).toMatchObject({ status: 400 });
  plainGit(world.worktree, "add", "sub");
  for (const line of ["status", "diff", "add f", "commit -m x", "revert HEAD", "describe --always"])
    expect(await world.here(line)).toMatchObject({ status: 400 });
  expect(wasRun()).toBe(false);
});

it("reads and writes no file outside the worktree", async () => {
  const world = await openSettled();
  const key = join(world.workspace, "config", "key.txt");
  writeFileSync(key, "the key text\n");
  const other = join(world.workspace, "config", "thor.json");
  const before = readFileSync(other, "utf8");
  symlinkSync(key, join(world.worktree, "link"));
  symlinkSync(join(world.workspace, "config"), join(world.worktree, "dir"));
  const refused = [
    ...["log", "show", "diff", "shortlog", "stash list", "diff-tree HEAD", "range-diff main...HEAD"].map((line) => [
      ...line.split(" "),
      `--output=${other}`,
    ]),
    ["diff", "--no-index", "/dev/null", key],
    ["diff", "/dev/null", key],
    ["diff", "--", "/dev/null", key],
    ["diff", "../../../../config/key.txt", "f"],
    ["blame", "--contents", key, "f"],
    ["grep", "-f", key, "x"],
    ["grep", "--no-index", "key", key],
    ["ls-files", "-X", key],
    ["blame", "-S", key, "f"],
    ["commit", "-F", key],
    ["commit", "-F", "link"],
    ["commit", "-F", "dir/key.txt"],
    ["commit", "-F", "../../../../config/key.txt"],
    ["merge", "-F", key, "main"],
    ["log", `-O${key}`],
    ["add", key],
    ["add", "../../../../config/key.txt"],
    ["restore", "--", "../y"],
    ["clone", world.url, join(world.directory, "elsewhere")],
    ["worktree", "add", "-b", "x", join(world.directory, "x")],
    ["worktree", "add", "-b", "x", `${world.workspace}/worktrees/r/../x`],
    ["worktree", "add", "-b", "x", `${world.workspace}/worktrees/other/x`],
    ["worktree", "add", "-b", "feat/x/in", join(world.worktree, "in")],
  ];
  let shown = "";
  for (const line of refused) {
    const answer = await world.here(line);
    shown += answer.stdout + answer.stderr;
    expect(`${line.join(" ")} ${answer.status}`).toBe(`${line.join(" ")} 400`);
  }
  for (const line of [
    ["diff", "link", "f"],
    ["diff", "--", "dir/key.txt", "f"],
    ["grep", "key"],
    ["show", ":link"],
    ["blame", "link"],
  ]) {
    const answer = await world.here(line);
    shown += answer.stdout + answer.stderr;
  }
  expect(shown).not.toContain("the key text");
  expect(readFileSync(other, "utf8")).toBe(before);
  symlinkSync(world.directory, join(world.workspace, "worktrees", "r", "out"));
  expect(
    await world.git(["worktree", "add", "-b", "out/x", `${world.workspace}/worktrees/r/out/x`, "origin/main"]),
  ).toMatchObject({ status: 400 });
});

it("reads nothing through a directory that was swapped for a link", async () => {
  const world = await openSettled();
  const config = join(world.workspace, "config");
  writeFileSync(join(config, "key.txt"), "the key text\n");
  mkdirSync(join(world.worktree, "a", "dir"), { recursive: true });
  writeFileSync(join(world.worktree, "a", "dir", "key.txt"), "harmless\n");
  await world.here("add -A");
  await world.here("commit -m x");
  rmSync(join(world.worktree, "a", "dir"), { recursive: true });
  symlinkSync(config, join(world.worktree, "a", "dir"));
  let shown = "";
  for (const line of [
    "grep key",
    "grep -r text -- a",
    "blame a/dir/key.txt",
    "diff",
    "diff HEAD",
    "diff -- a/dir/key.txt",
    "status -v",
    "ls-files -m",
    "stash show",
    "grep --untracked key",
  ]) {
    const answer = await world.here(line);
    shown += answer.stdout + answer.stderr;
  }
  expect(shown).not.toContain("the key text");
  expect(await world.here("blame a/dir/key.txt")).toMatchObject({
    status: 400,
    stderr: expect.stringContaining("link"),
  });
  expect(await world.here("grep --cached harmless")).toMatchObject({ exitCode: 0 });
});
