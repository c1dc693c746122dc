import { writeFileSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { join } from "node:path";

import { ExecLine, ExecResult } from "@thor/domain/exec";
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { openWorld, SECRET } from "./world.ts";

const pause = (ms: number) => new Promise<undefined>((resolve) => setTimeout(() => resolve(undefined), ms));
const refusal = (text: string) => expect.stringContaining(text);

it("answers every fault of a request with an exec result, never with a page or a stack", async () => {
  const world = await openWorld();
  const me = world.as(world.first.sessionId);
  const cwd = world.main;
  const cases: [string, unknown, Record<string, string>, number][] = [
    ["/exec/git", { args: ["status"] }, me, 400],
    ["/exec/git", { args: ["status"], cwd: "relative" }, me, 400],
    ["/exec/git", { args: ["status"], cwd: "/etc" }, me, 400],
    ["/exec/git", { args: ["status"], cwd: 7 }, me, 400],
    ["/exec/git", { args: "x", cwd }, me, 400],
    ["/exec/git", { args: [1], cwd }, me, 400],
    ["/exec/git", { args: [], cwd }, me, 400],
    ["/exec/git", { args: ["status"], cwd, extra: 1 }, me, 400],
    ["/exec/git", { args: Array.from({ length: 513 }, () => "x"), cwd }, me, 400],
    ["/exec/git", "{not json", me, 400],
    ["/exec/git", "text", { ...me, "content-type": "text/plain" }, 415],
    ["/exec/git", JSON.stringify({ args: ["x".repeat(11 * 1024 * 1024)] }), me, 413],
    ["/exec/unknown", { args: [] }, me, 404],
    ["/internal/exec", { bin: "sh", args: ["-c", "id"], cwd }, { "x-thor-internal-secret": SECRET }, 400],
    ["/internal/exec", { bin: "git", args: ["push", "origin", "x"], cwd }, { "x-thor-internal-secret": SECRET }, 400],
    ["/internal/exec", { bin: "git", args: ["status"], cwd }, { "x-thor-internal-secret": "wrong" }, 401],
  ];
  for (const [path, body, headers, status] of cases) {
    const answer = await world.send(path, body, headers);
    expect(`${path} ${JSON.stringify(body).slice(0, 60)} ${answer.status}`).toBe(
      `${path} ${JSON.stringify(body).slice(0, 60)} ${status}`,
    );
    expect(answer.type).toContain("application/json");
    const { stderr, exitCode } = ExecResult.parse(JSON.parse(answer.text));
    expect(exitCode).toBe(1);
    expect(stderr).not.toMatch(/TypeError|undefined|ZodError|at \S+:\d+/);
  }
  const large = JSON.stringify({ args: ["commit", "-F", "-"], cwd, stdin: "x".repeat(9 * 1024 * 1024) });
  expect((await world.send("/exec/git", large, me)).status).toBe(400);
});

it("says only that it is up, and more to a holder of the secret", async () => {
  const world = await openWorld();
  const health = async (headers: Record<string, string>): Promise<unknown> =>
    (await fetch(`${world.base}/health`, { headers })).json();
  expect(await health({})).toEqual({ status: "ok", service: "remote-cli" });
  expect(await health({ "x-thor-internal-secret": "wrong" })).toEqual({ status: "ok", service: "remote-cli" });
  expect(await health({ "x-thor-internal-secret": SECRET })).toHaveProperty("mcp");
});

it("lets a session act only while its conversation's run is going on or just ended", async () => {
  const world = await openWorld();
  const { first, ledger } = world;
  expect(await world.git("status", world.main, "ses_unknown")).toMatchObject({
    status: 403,
    stderr: refusal("session_unbound"),
  });
  await ledger.registerSession({ id: "ses_child", anchorId: first.anchorId, kind: "sub", parentId: first.sessionId });
  expect(await world.git("--version", join(world.workspace, "repos"), "ses_child")).toMatchObject({
    status: 200,
    exitCode: 0,
  });
  await ledger.closeTrigger({ triggerId: first.triggerId, runFence: first.runFence, status: "completed" });
  expect(await world.git("help")).toMatchObject({ status: 200 });
  const other = await world.second();
  await ledger.closeTrigger({ triggerId: other.triggerId, runFence: other.runFence, status: "aborted" });
  expect(await world.git("help", world.main, other.sessionId)).toMatchObject({
    status: 400,
    stderr: refusal("stopped"),
  });
  await ledger.registerSession({
    id: "ses_new",
    anchorId: first.anchorId,
    kind: "main",
    replaces: first.sessionId,
    why: "test",
  });
  expect(await world.git("help")).toMatchObject({ status: 403, stderr: refusal("session_not_running") });
});

it("answers for help without starting anything", async () => {
  const world = await openWorld();
  for (const args of ["help", "help log", "-h", "--help", "log --help", "status -h"]) {
    const answer = await world.git(args, "/nowhere");
    expect(answer).toMatchObject({ status: 200, exitCode: 0 });
    expect(answer.stdout).toMatch(/usage: git|Allowed commands/);
  }
});

it("streams output in lines that end with exactly one exit line", async () => {
  const world = await openWorld();
  await world.settle();
  const answer = await world.send(
    "/exec/git",
    { args: ["log", "--oneline"], cwd: world.worktree },
    { ...world.as(world.first.sessionId), accept: "application/x-ndjson" },
  );
  expect(answer.type).toBe("application/x-ndjson");
  const lines = answer.text
    .trimEnd()
    .split("\n")
    .map((line) => ExecLine.parse(JSON.parse(line)));
  expect(lines.at(-1)).toEqual({ type: "exit", exitCode: 0 });
  expect(lines.filter(({ type }) => type === "exit")).toHaveLength(1);
  expect(lines[0]).toMatchObject({ type: "stdout", data: expect.stringContaining("first") });
  const denied = await world.send(
    "/exec/git",
    { args: ["reset"], cwd: world.worktree },
    { ...world.as(world.first.sessionId), accept: "application/x-ndjson" },
  );
  expect(denied).toMatchObject({ status: 400, type: expect.stringContaining("application/json") });
});

it("ends a command when its caller goes away, and when its session is cancelled", async () => {
  const world = await openWorld();
  await world.settle();
  const { ledger, first, worktree } = world;
  const lock = { name: `worktree:${worktree}`, holder: "somebody", ttlMs: 60_000 };
  await ledger.acquireLease(lock);
  await ledger.registerSession({ id: "ses_child", anchorId: first.anchorId, kind: "sub", parentId: first.sessionId });
  const add = (sessionId: string) => world.git("add -A", worktree, sessionId);
  const waiting = [add(first.sessionId), add(first.sessionId), add("ses_child")];
  const cancel = async () => {
    const { text } = await world.internal("/internal/cancel", { sessionId: first.sessionId });
    return JSON.parse(text);
  };
  let cancelled = 0;
  await eventually("three calls were cancelled", async () => {
    cancelled += (await cancel()).cancelled;
    return cancelled === 3 ? true : undefined;
  });
  for (const answer of await Promise.all(waiting)) expect(answer.exitCode).toBe(130);
  const audited = async (sessionId: string) => {
    const page = await ledger.auditPage({ anchorId: first.anchorId, limit: 50 });
    return page.rows.filter((row) => row.sessionId === sessionId && row.event === "exec_finished");
  };
  const before = (await audited(first.sessionId)).length;
  const headers = { "content-type": "application/json", ...world.as(first.sessionId) };
  const leaver = httpRequest(`${world.base}/exec/git`, { method: "POST", headers });
  leaver.on("error", () => undefined);
  leaver.end(JSON.stringify({ args: ["add", "-A"], cwd: worktree }));
  await new Promise((resolve) => leaver.once("finish", resolve));
  setTimeout(() => leaver.destroy(), 200);
  const after = await eventually("the abandoned call is on record", async () => {
    const rows = await audited(first.sessionId);
    return rows.length > before ? rows : undefined;
  });
  expect(after.some((row) => row.detail?.["ended"] === "cancelled")).toBe(true);
});

it("keeps the number of calls of one session within bounds", async () => {
  const world = await openWorld();
  await world.settle();
  await world.ledger.acquireLease({ name: `worktree:${world.worktree}`, holder: "somebody", ttlMs: 60_000 });
  const calls = Array.from({ length: 25 }, () => world.git("add -A", world.worktree));
  const first = await Promise.race(calls);
  expect(first).toMatchObject({ status: 429, exitCode: 75 });
  await eventually("all calls ended", async () => {
    await world.internal("/internal/cancel", { sessionId: world.first.sessionId });
    return Promise.race([Promise.all(calls), pause(100)]);
  });
  const answers = await Promise.all(calls);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
  expect(answers.filter(({ exitCode }) => exitCode === 130)).toHaveLength(24);
});

it("lets a running command end when it is told to stop, and takes no new one", async () => {
  const world = await openWorld();
  await world.settle();
  const name = `worktree:${world.worktree}`;
  const held = await world.ledger.acquireLease({ name, holder: "somebody", ttlMs: 60_000 });
  if (held.kind !== "acquired") throw new Error(held.kind);
  const running = world.git("add -A", world.worktree);
  const page = async () => (await world.ledger.auditPage({ anchorId: world.first.anchorId, limit: 50 })).rows;
  await eventually(
    "the call is running",
    async () => (await page()).some(({ target }) => target.startsWith("git add")) || undefined,
  );
  const closed = world.service.close();
  expect(await world.git("status", world.worktree)).toMatchObject({ status: 503, exitCode: 75 });
  await world.ledger.releaseLease({ name, holder: "somebody", fence: held.fence });
  expect(await running).toMatchObject({ status: 200, exitCode: 0 });
  await closed;
});

it("decides for a person without doing anything", async () => {
  const world = await openWorld();
  await world.settle();
  const decide = async (args: string) =>
    JSON.parse(
      (
        await world.internal("/internal/decide", {
          tool: "git",
          args: args.split(" "),
          cwd: world.worktree,
          sessionId: world.first.sessionId,
        })
      ).text,
    );
  const minted = world.github.mints.length;
  expect(await decide("push origin HEAD:refs/heads/feat/x")).toMatchObject({
    decision: "allow",
    rule: "push",
    canonical: expect.arrayContaining(["--no-verify"]),
  });
  expect(await decide("push origin HEAD:refs/heads/main")).toMatchObject({
    decision: "deny",
    rule: "branch.protected",
  });
  expect(world.github.mints.length).toBe(minted);
  expect(await world.ledger.anchorOf({ type: "git.branch", value: "r:feat/x" })).toEqual({ kind: "unknown" });
});

it("serves Thor's own services with rows of their own, also in main clones", async () => {
  const world = await openWorld();
  await world.settle();
  writeFileSync(join(world.main, "f"), "changed\n");
  const internal = async (args: string) =>
    ExecResult.parse(
      JSON.parse((await world.internal("/internal/exec", { bin: "git", args: args.split(" "), cwd: world.main })).text),
    );
  expect(await internal("fetch origin main")).toMatchObject({ exitCode: 0 });
  expect(await internal("fetch origin refs/heads/main")).toMatchObject({ exitCode: 0 });
  expect(await internal("merge-base --is-ancestor HEAD FETCH_HEAD")).toMatchObject({ exitCode: 0 });
  expect(await internal("rev-parse HEAD")).toMatchObject({ exitCode: 0 });
  expect(await internal("update-ref refs/thor/backup/main/20260101T000000Z HEAD")).toMatchObject({ exitCode: 0 });
  expect(await internal("reset --hard FETCH_HEAD")).toMatchObject({ exitCode: 0 });
  expect(await internal("status --porcelain")).toMatchObject({ exitCode: 0, stdout: "" });
  expect(await internal("merge --ff-only origin/main")).toMatchObject({ exitCode: 0 });
  expect(await internal("reset --hard HEAD~1")).toMatchObject({ exitCode: 1 });
  expect(await internal(`worktree remove ${world.worktree}`)).toMatchObject({ exitCode: 0 });
  expect(await world.git("reset --hard FETCH_HEAD")).toMatchObject({ status: 400 });
  for (const args of ["add -A", "commit -m x", "merge origin/main"])
    expect(await world.git(args)).toMatchObject({ status: 400, stderr: refusal("read-only") });
});
