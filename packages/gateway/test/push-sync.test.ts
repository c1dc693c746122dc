/** Pushes over a real ledger, with the real git behind the commands that remote-cli is asked for. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { describe, expect, it } from "vitest";

import { BOT_ID, INSTALLATION } from "./github-payloads.ts";
import { startGithubWorld, type GithubWorld } from "./github-world.ts";
import { ledgerOf } from "./world.ts";

const git = (cwd: string, ...args: string[]) =>
  execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], {
    cwd,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  }).trim();

function commit(cwd: string, name: string, text: string): string {
  writeFileSync(join(cwd, name), text);
  git(cwd, "add", "-A");
  git(cwd, "commit", "--quiet", "-m", `change ${name}`);
  return git(cwd, "rev-parse", "HEAD");
}

/** A host with one repository, Thor's clone of it with a worktree of feat/x, and a colleague who pushes. */
async function pushStage(branch = "feat/x") {
  const root = tempDir();
  const [bare, colleague] = [join(root, "host.git"), join(root, "colleague")];
  git(root, "init", "--quiet", "--bare", "--initial-branch=main", bare);
  git(root, "clone", "--quiet", bare, colleague);
  commit(colleague, "f", "one");
  git(colleague, "push", "--quiet", "origin", "HEAD:refs/heads/main");
  git(colleague, "push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
  const real = join(root, "real-worktrees");
  mkdirSync(real);
  const world = await startGithubWorld({ env: { THOR_WORKTREES_ROOT: join(root, "worktrees") } });
  symlinkSync(real, join(root, "worktrees"));
  const clone = join(world.workspace, "repos/demo");
  rmSync(clone, { recursive: true });
  git(root, "clone", "--quiet", bare, clone);
  git(clone, "config", "remote.origin.url", "https://github.com/acme/demo.git");
  const folder = join(root, "worktrees/demo", branch);
  mkdirSync(join(folder, ".."), { recursive: true });
  git(clone, "worktree", "add", "--quiet", "-b", "local", folder, `origin/${branch}`);
  world.setRemote(({ args, cwd }) => {
    const words = args.map((arg) => (arg === "origin" ? bare : arg));
    const { status, stdout, stderr } = spawnSync("git", words, { cwd, encoding: "utf8" });
    return { exitCode: status ?? 1, stdout, stderr };
  });
  const ledger = await ledgerOf(world);
  const push = (after: string, more: object = {}) =>
    deliverPush(world, { ref: `refs/heads/${branch}`, after, ...more });
  const statusOf = (deliveries: number) =>
    eventually(`${deliveries} pushes worked off`, async () => {
      const { rows } = await ledger.listEvents({ source: "github", limit: 50 });
      const pushes = rows.filter(({ kind, state }) => kind === "github.push" && state === "dropped");
      return pushes.length === deliveries ? pushes[0]?.reason : undefined;
    });
  /** The colleague commits and pushes; answers the new commit. */
  const move = (text: string, ...flags: string[]) => {
    const after = commit(colleague, "f", text);
    git(colleague, "push", "--quiet", ...flags, "origin", `HEAD:refs/heads/${branch}`);
    return after;
  };
  return { world, ledger, colleague, clone, folder, branch, push, move, statusOf };
}

async function deliverPush(world: GithubWorld, more: object) {
  const body = {
    before: "0".repeat(40),
    created: false,
    deleted: false,
    forced: false,
    installation: { id: INSTALLATION },
    repository: { id: 1, full_name: "acme/demo", default_branch: "main", private: true },
    sender: { id: 77, login: "alice", type: "User" },
    commits: [],
    ...more,
  };
  return (await world.deliver(body, { event: "push" })).body;
}

/** The conversation of the branch, with a session, so that it counts as engaged. */
async function engage({ ledger, branch, folder }: Awaited<ReturnType<typeof pushStage>>) {
  const minted = await ledger.mintAnchor({ correlationKey: `git:branch:demo:${branch}`, source: "github" });
  if (minted.kind !== "minted") throw new Error(minted.kind);
  const { anchorId } = minted;
  await ledger.stampDirectory({ anchorId, repo: "demo", directory: folder, by: "test" });
  await ledger.registerSession({ id: "ses_branch", anchorId, kind: "main" });
  return anchorId;
}

describe("a push", () => {
  it("is answered at once and moves a clean folder behind a linked root; nobody is told without a conversation", async () => {
    const stage = await pushStage();
    const after = stage.move("two");
    expect(await stage.push(after)).toMatchObject({ ok: true, status: "push_accepted" });
    expect(await stage.statusOf(1)).toBe("push_sync_worktree_fast_forwarded");
    expect(git(stage.folder, "rev-parse", "HEAD")).toBe(after);
    await stage.push(after, { before: "1".repeat(40) });
    expect(await stage.statusOf(2)).toBe("push_sync_already_up_to_date");
    expect(stage.world.heard).toEqual([]);
  });

  it("never touches uncommitted work, and tells the agent of the branch", async () => {
    const stage = await pushStage();
    await engage(stage);
    writeFileSync(join(stage.folder, "f"), "unsaved");
    await stage.push(stage.move("two"));
    expect(await stage.statusOf(1)).toBe("push_sync_worktree_dirty");
    expect(readFileSync(join(stage.folder, "f"), "utf8")).toBe("unsaved");
    const [prompt] = await stage.world.prompts(1);
    expect(prompt).toContain("push_sync_worktree_dirty");
    expect(stage.world.heard[0]).toMatchObject({ interrupt: false, correlationKey: "git:branch:demo:feat/x" });
  });

  it("keeps local commits under a backup ref when the branch was forced over them, and interrupts", async () => {
    const stage = await pushStage();
    await engage(stage);
    const mine = commit(stage.folder, "mine", "local work");
    const after = stage.move("forced", "--force");
    // The committer's clock is a day ahead; nothing waits for that day.
    const timestamp = new Date(Date.now() + 86_400_000).toISOString();
    await stage.push(after, { forced: true, head_commit: { id: after, message: "two", url: "x", timestamp } });
    expect(await stage.statusOf(1)).toBe("push_sync_worktree_reset");
    expect(git(stage.folder, "rev-parse", "HEAD")).toBe(after);
    const backups = git(stage.clone, "for-each-ref", "--format=%(objectname)", "refs/thor/backup/feat/x/");
    expect(backups).toBe(mine);
    const [prompt] = await stage.world.prompts(1);
    expect(prompt).toContain("refs/thor/backup/feat/x/");
    expect(stage.world.heard[0]?.interrupt).toBe(true);
    expect((await fetch(`${stage.world.url}/health`)).status).toBe(200);
  });

  it("waits while the branch's conversation works, and goes on when that run has ended", async () => {
    const stage = await pushStage();
    const anchorId = await engage(stage);
    const run = await stage.ledger.openOwnTrigger({
      triggerId: "run1",
      anchorId,
      cause: "direct",
      sessionId: "ses_branch",
      source: "test",
      promptMessageId: "msg1",
      requesters: [],
      holder: "test",
    });
    if (run.kind !== "opened") throw new Error(run.kind);
    const before = git(stage.folder, "rev-parse", "HEAD");
    await stage.push(stage.move("two"));
    await eventually("the push was looked at", async () => {
      const { rows } = await stage.ledger.listEvents({ source: "github", state: "ready", limit: 5 });
      return (rows[0]?.notBefore ?? 0) > (rows[0]?.receivedAt ?? 0);
    });
    expect(git(stage.folder, "rev-parse", "HEAD")).toBe(before);
    await stage.ledger.closeTrigger({ triggerId: "run1", runFence: run.runFence, status: "completed" });
    expect(await stage.statusOf(1)).toBe("push_sync_worktree_fast_forwarded");
  });

  it("removes the clean folder of a deleted branch and keeps a dirty one", async () => {
    const stage = await pushStage();
    writeFileSync(join(stage.folder, "new"), "unsaved");
    await stage.push("0".repeat(40), { deleted: true });
    expect(await stage.statusOf(1)).toBe("push_delete_worktree_dirty");
    rmSync(join(stage.folder, "new"));
    await stage.push("0".repeat(40), { deleted: true, before: "1".repeat(40) });
    expect(await stage.statusOf(2)).toBe("push_delete_worktree_removed");
    expect(existsSync(stage.folder)).toBe(false);
  });

  it("collapses waiting pushes to the newest, and gives up visibly after five failures", async () => {
    const stage = await pushStage();
    stage.world.setRemote(() => 500);
    await stage.push(stage.move("two"));
    expect(await stage.statusOf(1)).toBe("push_sync_failed");
    expect(stage.world.commands().filter((line) => line === "git rev-parse HEAD").length).toBe(5);
  });

  it("takes a branch whose name begins with a dash as a name", async () => {
    const stage = await pushStage("-x");
    const after = stage.move("two");
    await stage.push(after);
    expect(await stage.statusOf(1)).toBe("push_sync_worktree_fast_forwarded");
    expect(git(stage.folder, "rev-parse", "HEAD")).toBe(after);
  });

  it("ignores tags and the deletion of the default branch, and finds nothing to do without a folder", async () => {
    const stage = await pushStage();
    expect(await stage.push("a".repeat(40), { ref: "refs/tags/v1" })).toMatchObject({
      status: "push_sync_non_branch_ref_ignored",
    });
    expect(await stage.push("0".repeat(40), { ref: "refs/heads/main", deleted: true })).toMatchObject({
      status: "push_delete_default_branch_ignored",
    });
    await stage.push("a".repeat(40), { ref: "refs/heads/elsewhere", sender: { id: BOT_ID, login: "thor[bot]" } });
    expect(await stage.statusOf(1)).toBe("push_sync_worktree_missing");
  });
});
