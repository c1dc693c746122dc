import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { plainGit } from "./git-host.ts";
import { openWorld } from "./world.ts";

it("gives a branch that two conversations push at once to one of them, and tells the other", async () => {
  const world = await openWorld();
  await world.settle();
  const other = await world.second();
  const theirs = join(world.workspace, "worktrees", "r", "feat", "y");
  await world.git(["worktree", "add", "-b", "feat/y", theirs, "origin/main"], world.main, other.sessionId);
  const push = "push origin HEAD:refs/heads/shared";
  const both = await Promise.all([world.git(push, world.worktree), world.git(push, theirs, other.sessionId)]);
  const told = both.filter(({ stderr }) => stderr.includes("belongs to another conversation"));
  expect(told).toHaveLength(1);
  const owner = await world.ledger.anchorOf({ type: "git.branch", value: "r:shared" });
  const loser = both[0] === told[0] ? world.first.anchorId : other.anchorId;
  expect(owner.kind === "known" && owner.anchorId !== loser).toBe(true);
});

it("lends a repository's credentials to no conversation outside its profile", async () => {
  const world = await openWorld();
  await world.settle();
  const config = {
    owners: { acme: { github_app_installation_id: 7 } },
    profiles: { OTHER: { channels: ["C0OTHER"], repos: ["r"] } },
  };
  writeFileSync(join(world.workspace, "config", "thor.json"), JSON.stringify(config));
  const refused = await eventually("the new configuration is in force", async () => {
    const answer = await world.git("fetch", world.worktree);
    return answer.status === 400 ? answer : undefined;
  });
  expect(refused.stderr).toContain("belongs to a profile");
  expect(await world.git("push origin HEAD:refs/heads/feat/x", world.worktree)).toMatchObject({ status: 400 });
  expect(await world.git("log --oneline", world.worktree)).toMatchObject({ status: 200, exitCode: 0 });
});

it("names the real place of a new worktree in its advice", async () => {
  const world = await openWorld();
  await world.settle();
  const advice = (await world.git("checkout main", world.worktree)).stderr;
  expect(advice).toContain(`git worktree add -b <branch> ${world.workspace}/worktrees/<repo>/<branch>`);
  expect(advice.split("\n").length).toBeLessThanOrEqual(5);
  expect(plainGit(world.worktree, "status", "--porcelain")).toBe("");
});

it("removes no worktree whose branch belongs to another conversation", async () => {
  const world = await openWorld();
  await world.settle();
  const other = await world.second();
  await world.ledger.bindAlias({ type: "git.branch", value: "r:feat/x", anchorId: other.anchorId, source: "test" });
  expect(await world.git(["worktree", "remove", world.worktree])).toMatchObject({
    status: 400,
    stderr: expect.stringContaining(`/runner/v/${other.anchorId}`),
  });
  expect(await world.git("status", world.worktree)).toMatchObject({ exitCode: 0 });
});

it("forgets a worktree that was removed, and keeps the others", async () => {
  const world = await openWorld();
  await world.settle();
  const detached = join(world.workspace, "worktrees", "r", "pr-1");
  expect(await world.git(["worktree", "add", "--detach", detached, "HEAD"])).toMatchObject({ exitCode: 0 });
  expect(await world.git(["worktree", "remove", detached])).toMatchObject({ exitCode: 0 });
  expect(await world.git("status", world.worktree)).toMatchObject({ exitCode: 0 });
  expect(await world.git(["worktree", "remove", world.worktree, "--force"])).toMatchObject({ status: 400 });
  expect((await world.git("worktree list")).stdout).not.toContain("pr-1");
});
