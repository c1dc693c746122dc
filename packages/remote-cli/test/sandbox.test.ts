/** `sandbox` over the wire: who may, where, and what comes back; its engine is proven in packages/sandbox. */
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ExecLine } from "@thor/domain/exec";
import { eventually } from "@thor/kit/testing/eventually";
import { startSimulators } from "@thor/simulators/start";
import { describe, expect, it, onTestFinished } from "vitest";

import { hasCells } from "./cells.ts";
import { plainGit } from "./git-host.ts";
import { openWorld } from "./world.ts";

const LOCAL = { THOR_SANDBOX_PROVIDER: "local" };

/** A world whose machine has cells, or nothing where it has none. */
async function openLocal(env: Record<string, string> = LOCAL) {
  const world = await openWorld(env);
  await world.settle();
  const sandbox = async (args: readonly string[], cwd = world.worktree, sessionId = world.first.sessionId) => {
    const { status, type, text } = await world.send("/exec/sandbox", { args, cwd }, world.as(sessionId));
    if (!type.includes("ndjson")) return { status, ...JSON.parse(text) };
    const all = text
      .trimEnd()
      .split("\n")
      .map((line) => ExecLine.parse(JSON.parse(line)));
    const said = (kind: string) => all.map((line) => (line.type === kind && "data" in line ? line.data : "")).join("");
    const last = all.at(-1);
    return {
      status,
      stdout: said("stdout"),
      stderr: said("stderr"),
      exitCode: last?.type === "exit" ? last.exitCode : -1,
    };
  };
  return { ...world, sandbox };
}

describe.skipIf(!hasCells)("sandbox with cells", () => {
  it("runs in a copy of the worktree and brings changes back; git sees them as its own", async () => {
    const { sandbox, worktree, git, lines, ledger, first } = await openLocal();
    writeFileSync(join(worktree, "input.txt"), "in\n");
    const ran = await sandbox(["bash", "-c", "cat input.txt; node -v; echo out > output.txt"]);
    expect(ran).toMatchObject({ status: 200, exitCode: 0, stdout: `in\n${process.version}\n` });
    expect(readFileSync(join(worktree, "output.txt"), "utf8")).toBe("out\n");
    expect((await git("status --porcelain", worktree)).stdout).toContain("?? output.txt");
    expect(lines.find(({ event }) => event === "sandbox_finished")).toMatchObject({ command: "exec", pulled: 1 });
    const { rows } = await ledger.auditPage({ anchorId: first.anchorId, limit: 50 });
    expect(JSON.stringify(rows)).toContain("sandbox");
    expect(await sandbox(["sh", "-c", "exit 42"])).toMatchObject({ status: 200, exitCode: 42 });
  });

  it("lists, tells and deletes; a removed worktree takes its sandbox along", async () => {
    const { sandbox, worktree, git, main, directory } = await openLocal();
    expect((await sandbox(["create"])).stdout).toMatch(/^thor-r-feat-x-[0-9a-f]{7}\n$/);
    expect(JSON.parse((await sandbox(["list"])).stdout)).toMatchObject([{ cwd: worktree, provider: "local" }]);
    writeFileSync(join(worktree, "mine.txt"), "x");
    expect(JSON.parse((await sandbox(["status"])).stdout)).toMatchObject({ cwd: worktree, outgoing: ["mine.txt"] });
    expect((await sandbox(["delete"])).stdout).toContain("deleted");
    expect(JSON.parse((await sandbox(["--list"])).stdout)).toEqual([]);
    const aside = join(worktree, "..", "y");
    await git(["worktree", "add", "--detach", aside, "HEAD"], main);
    expect(await sandbox(["true"], aside)).toMatchObject({ exitCode: 0 });
    expect(await git(["worktree", "remove", aside], main)).toMatchObject({ exitCode: 0 });
    await eventually("its sandbox is gone", async () => (await sandbox(["list"])).stdout === "[]\n");
    expect(readdirSync(join(directory, "sandboxes")).filter((name) => name.startsWith("thor-"))).toEqual([]);
  });

  it("shows a conversation nothing of another's, and acts in no worktree of another's (S27)", async () => {
    const { sandbox, second, worktree } = await openLocal();
    const other = await second();
    await sandbox(["create"]);
    expect(JSON.parse((await sandbox(["list"], worktree, other.sessionId)).stdout)).toEqual([]);
    expect(await sandbox(["true"], worktree, other.sessionId)).toMatchObject({ status: 400 });
  });

  it("ends with its caller: cancelled, and nothing comes back (S19)", async () => {
    const { base, as, first, worktree, internal, sandbox } = await openLocal();
    const response = await fetch(`${base}/exec/sandbox`, {
      method: "POST",
      headers: { "content-type": "application/json", ...as(first.sessionId) },
      body: JSON.stringify({ args: ["bash", "-c", "echo x > made; echo started; sleep 60"], cwd: worktree }),
    });
    let said = "";
    for await (const chunk of response.body ?? []) {
      if (!said.includes("started") && String(Buffer.from(chunk)).includes("started"))
        await internal("/internal/cancel", { sessionId: first.sessionId });
      said += Buffer.from(chunk).toString();
    }
    expect(said).toContain('{"type":"exit","exitCode":130}');
    expect(existsSync(join(worktree, "made"))).toBe(false);
    expect(await sandbox(["true"])).toMatchObject({ exitCode: 0 });
  });

  it("refuses trees that Thor did not tie, and never runs what lies in them (S29, X41)", async () => {
    const { sandbox, worktree, main, workspace, directory } = await openLocal();
    const evil = join(workspace, "worktrees", "r", "evil");
    plainGit(directory, "init", "-q", evil);
    plainGit(evil, "config", "core.fsmonitor", `touch ${directory}/sentinel`);
    expect(await sandbox(["true"], evil)).toMatchObject({ status: 400, exitCode: 1 });
    plainGit(main, "config", "core.worktree", directory);
    expect(await sandbox(["true"])).toMatchObject({ status: 400, exitCode: 1 });
    plainGit(main, "config", "--unset", "core.worktree");
    expect(await sandbox(["true"])).toMatchObject({ status: 200, exitCode: 0 });
    plainGit(main, "config", "core.fsmonitor", `touch ${directory}/sentinel`);
    await sandbox(["true"], worktree);
    expect(existsSync(join(directory, "sentinel"))).toBe(false);
  });

  it("uploads no content through links and writes through none (X41)", async () => {
    const { sandbox, worktree, directory } = await openLocal();
    symlinkSync(join(directory, "app.pem"), join(worktree, "key"));
    symlinkSync("/proc/self/environ", join(worktree, "env"));
    const ran = await sandbox(["bash", "-c", "cat key env; true"]);
    expect(ran.stdout).not.toContain("PRIVATE KEY");
    expect(ran.stdout).not.toContain("THOR_INTERNAL_SECRET");
  });
});

describe("sandbox", () => {
  it("says what is missing where there is no provider, and runs nothing (S1)", async () => {
    const { sandbox } = await openLocal({ THOR_SANDBOX_PROVIDER: "off" });
    const ran = await sandbox(["node", "-v"]);
    expect(ran).toMatchObject({
      exitCode: 1,
      stdout: "",
      stderr: "[sandbox] sandboxes are switched off in thor.json\n",
    });
  });

  it("refuses what it does not understand, and every place that is no worktree (S28, H16)", async () => {
    const { sandbox, main, workspace, send, as, first, worktree } = await openLocal({ THOR_SANDBOX_PROVIDER: "off" });
    expect(await sandbox(["--lst"])).toMatchObject({
      status: 400,
      stderr: expect.stringContaining("unknown option --lst"),
    });
    expect(await sandbox(["git", "status"])).toMatchObject({
      status: 400,
      stderr: expect.stringContaining("git does not run in the sandbox"),
    });
    for (const cwd of [main, workspace, "/tmp", "relative", `${worktree}/../../..`])
      expect(await sandbox(["true"], cwd)).toMatchObject({ status: 400 });
    const mode = await send("/exec/sandbox", { mode: "x", args: [], cwd: worktree }, as(first.sessionId));
    expect(mode).toMatchObject({ status: 400, text: expect.stringContaining("malformed request: field mode") });
    expect((await sandbox(["help"])).stdout).toContain("usage: sandbox");
    expect(await send("/exec/sandbox", { args: ["true"], cwd: worktree })).toMatchObject({ status: 401 });
  });
});

it.skipIf(!hasCells)("uses Daytona when a key is set, and never shows the key", async () => {
  const sim = await startSimulators();
  onTestFinished(() => sim.close());
  const { apiKey, apiUrl } = sim.facts.daytona;
  const env = { THOR_SANDBOX_PROVIDER: "auto", DAYTONA_API_KEY: apiKey, DAYTONA_API_URL: apiUrl };
  const { sandbox, worktree } = await openLocal(env);
  const ran = await sandbox(["bash", "-c", `echo out > made; echo ${apiKey} $THOR_SANDBOX`]);
  expect(ran).toMatchObject({ exitCode: 0, stdout: "[redacted:daytona-key] daytona\n" });
  expect(readFileSync(join(worktree, "made"), "utf8")).toBe("out\n");
});
