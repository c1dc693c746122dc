/** Commands that are killed in the middle leave nothing half done. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { ExecResult } from "@thor/domain/exec";
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { plainGit } from "./git-host.ts";
import { openWorld } from "./world.ts";

type World = Awaited<ReturnType<typeof openWorld>>;

/** Lets a call reach the hanging host, then cancels it as a stop does. */
async function killAt(world: World, path: RegExp, call: () => Promise<ExecResult>) {
  world.github.state.hangsAt = path;
  const before = world.github.seen.length;
  const running = call();
  await eventually("the call hangs at the host", () =>
    world.github.seen.slice(before).some((one) => path.test(one.path) && one.authorization !== ""),
  );
  await world.internal("/internal/cancel", { sessionId: world.first.sessionId });
  const ended = await running;
  delete world.github.state.hangsAt;
  return ended;
}
const locksBelow = (directory: string) =>
  readdirSync(directory, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".lock"));

it("leaves no repository, no lock, no name and no staged file behind", async () => {
  const world = await openWorld();
  const repos = join(world.workspace, "repos");
  const clone = () => world.git(["clone", world.url], repos);
  expect(await killAt(world, /git-upload-pack$/, clone)).toMatchObject({ exitCode: 130 });
  expect(readdirSync(repos)).toEqual([]);
  await world.settle();

  writeFileSync(join(world.worktree, "new"), "new");
  await world.git("add -A", world.worktree);
  await world.git("commit -m x", world.worktree);
  const before = plainGit(world.github.bare, "for-each-ref");
  const push = () => world.git("push -u origin HEAD:refs/heads/feat/x", world.worktree);
  expect(await killAt(world, /git-receive-pack$/, push)).toMatchObject({ exitCode: 130 });
  expect(await killAt(world, /git-upload-pack$/, () => world.git("fetch origin main", world.worktree))).toMatchObject({
    exitCode: 130,
  });
  expect(plainGit(world.github.bare, "for-each-ref")).toBe(before);
  expect(await world.ledger.anchorOf({ type: "git.branch", value: "r:feat/x" })).toEqual({ kind: "unknown" });
  expect(readFileSync(join(world.main, ".git", "config"), "utf8")).not.toContain("feat/x");
  expect(locksBelow(join(world.main, ".git"))).toEqual([]);

  const download = () =>
    world.exec(world.first.sessionId, "/exec/gh", { args: "run download 1 -D got".split(" "), cwd: world.worktree });
  expect(await killAt(world, /^\/api\/repos\/acme\/r\/actions/, download)).toMatchObject({ exitCode: 130 });
  expect(existsSync(join(world.worktree, "got"))).toBe(false);
  expect(readdirSync(join(world.directory, "calls"))).toEqual([]);
  expect(await push()).toMatchObject({ exitCode: 0 });
});

it("removes the lock of a writer that was killed while it held it, and no lock that was there before", async () => {
  const world = await openWorld();
  await world.settle();
  const gitDir = join(world.main, ".git", "worktrees", "x");
  mkdirSync(join(world.worktree, "many"));
  for (let n = 0; n < 3000; n += 1) writeFileSync(join(world.worktree, "many", String(n)), String(n).repeat(2000));
  const adding = world.git("add -A", world.worktree);
  await eventually("git holds its lock", () => existsSync(join(gitDir, "index.lock")));
  await world.internal("/internal/cancel", { sessionId: world.first.sessionId });
  expect(await adding).toMatchObject({ exitCode: 130 });
  expect(locksBelow(gitDir)).toEqual([]);
  writeFileSync(join(gitDir, "index.lock"), "");
  expect((await world.git("add -A", world.worktree)).exitCode).not.toBe(0);
  expect(locksBelow(gitDir)).toEqual(["index.lock"]);
});
