/** Commands that run side by side, too long, for nobody, or too loud. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { hasCells, openWorld, plainGit } from "./world.ts";

const processesWith = (marker: string, start = "") => {
  const listed = execFileSync("ps", ["axww", "-o", "args"], { encoding: "utf8" });
  return listed.split("\n").filter((line) => line.startsWith(start) && line.includes(marker)).length;
};

describe.skipIf(!hasCells)("commands", () => {
  it("of one state run side by side; one of another state waits and says so (S18)", async () => {
    const { root, bash } = await openWorld();
    await bash("true");
    const first = bash("echo $$ > node_modules.lock 2>/dev/null; sleep 3; date +%s%N", ["--pull", "never"]);
    await new Promise((resolve) => setTimeout(resolve, 700));
    const second = await bash("date +%s%N", ["--pull", "never"]);
    writeFileSync(join(root, "a.txt"), "changed\n");
    const third = await bash("date +%s%N; cat a.txt");
    const ended = Number((await first).stdout);
    expect(Number(second.stdout)).toBeLessThan(ended);
    expect(Number(third.stdout.split("\n")[0])).toBeGreaterThan(ended);
    expect(third.notes).toContain("waiting: a command runs here on another state");
    expect(third.stdout).toContain("changed");
  });

  it("of two worktrees have nothing of each other", async () => {
    const { main, directory, exec, bash, placeOf } = await openWorld();
    const other = join(directory, "worktrees", "r", "other");
    plainGit(main, "worktree", "add", "-q", "-b", "other", other);
    const [one, two] = await Promise.all([
      bash("echo one > made; sleep 1; ls"),
      exec(["bash", "-c", "echo two > made2; sleep 1; ls"], { at: placeOf(other) }),
    ]);
    expect([one.code, two.code]).toEqual([0, 0]);
    expect(one.stdout).not.toContain("made2");
    expect(existsSync(join(other, "made2"))).toBe(true);
    expect(existsSync(join(other, "made"))).toBe(false);
  });

  it("number at most four at once in one sandbox", async () => {
    const { bash } = await openWorld();
    await bash("true");
    const four = Array.from({ length: 4 }, () => bash("sleep 3", ["--pull", "never"]));
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const fifth = await bash("true");
    expect(fifth).toMatchObject({ code: 1, notes: expect.stringContaining("4 commands run in this sandbox already") });
    expect((await Promise.all(four)).map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  });

  it("are gone with all they started when nobody waits for them, and the next one works (S19)", async () => {
    const { root, bash } = await openWorld();
    const marker = `4242.${process.pid}`;
    const abort = new AbortController();
    const early = new AbortController();
    const unborn = bash(`sleep ${marker}`, [], early.signal);
    await eventually("the cell begins", () => processesWith(`sleep ${marker}`) > 0);
    early.abort();
    expect((await unborn).code).toBe(130);
    const running = bash(`echo x > made; setsid sleep ${marker} & sleep ${marker}`, [], abort.signal);
    await eventually("the command runs", () => processesWith(`sleep ${marker}`, "sleep") === 2);
    abort.abort();
    expect((await running).code).toBe(130);
    await eventually("its processes are gone", () => processesWith(`sleep ${marker}`) === 0, 10_000);
    expect(existsSync(join(root, "made"))).toBe(false);
    expect((await bash("ls")).stdout).toBe("a.txt\nsrc\n");
  });

  it("end with 124 when their time is over (S20)", async () => {
    const { exec } = await openWorld();
    const started = performance.now();
    const ran = await exec(["--timeout", "2s", "sleep", "60"]);
    expect(ran).toMatchObject({ code: 124, notes: expect.stringContaining("--timeout") });
    expect(performance.now() - started).toBeLessThan(8000);
  });

  it("may print 50 MiB, and keep their exit code beyond that (S21)", async () => {
    const { bash } = await openWorld();
    const ran = await bash("head -c 100M /dev/zero | tr '\\0' x; exit 5");
    expect(ran.code).toBe(5);
    expect(ran.stdout.length).toBe(50 * 1024 * 1024);
    expect(ran.notes.match(/the rest is dropped/g)).toHaveLength(1);
  });

  it("print characters whole that come in pieces (S22)", async () => {
    const { bash } = await openWorld();
    expect((await bash(String.raw`printf '\xe2'; sleep 0.3; printf '\x82\xac'`)).stdout).toBe("€");
  });

  it("run below the root where they were called, and as written", async () => {
    const { place, exec } = await openWorld();
    const at = { ...place, subPath: "src" };
    expect((await exec(["ls"], { at })).stdout).toBe("b.txt\n");
    expect((await exec(["printf", "%s|", "a b", "$HOME", "it's", "`id`", "*"], { at })).stdout).toBe(
      "a b|$HOME|it's|`id`|*|",
    );
    expect((await exec(["no-such-tool"])).code).toBe(127);
  });

  it("are refused when too many sandboxes exist, with those that are idle", async () => {
    const { directory, main, exec, act, placeOf } = await openWorld({ maxActive: 1 });
    const other = join(directory, "worktrees", "r", "other");
    plainGit(main, "worktree", "add", "-q", "-b", "other", other);
    await exec(["true"]);
    const refused = await exec(["true"], { at: placeOf(other) });
    expect(refused).toMatchObject({ code: 1, notes: expect.stringContaining("worktrees/r/feat; sandbox stop") });
    expect((await act("stop")).code).toBe(0);
    expect((await exec(["true"], { at: placeOf(other) })).code).toBe(0);
  });

  it("leave nothing behind in the private directory, however they end (S32)", async () => {
    const { scratch, bash } = await openWorld();
    await bash("echo x > made");
    await bash("ln -s /etc/passwd bad");
    expect(execFileSync("ls", ["-A", scratch], { encoding: "utf8" })).toBe("");
  });
});

describe.skipIf(!hasCells)("a sandbox", () => {
  it("is listed, deleted, and swept away with its worktree or after a day (S25, S31)", async () => {
    let now = Date.now();
    const { root, directory, engine, bash, act, provider } = await openWorld({ now: () => now });
    await bash("true");
    const listed = await engine.list(() => true);
    expect(listed).toMatchObject([{ cwd: root, state: "started", provider: "local", running: 0 }]);
    expect(await engine.sweep()).toEqual([]);
    expect((await act("remove")).code).toBe(0);
    expect(await provider.list()).toEqual([]);
    await bash("mkdir -p node_modules/locked; chmod 000 node_modules/locked");
    now += 25 * 3_600_000;
    expect(await engine.sweep()).toMatchObject([{ root }]);
    await bash("true");
    rmSync(root, { recursive: true });
    expect(await engine.sweep()).toMatchObject([{ root }]);
    expect(execFileSync("ls", [join(directory, "sandboxes")], { encoding: "utf8" })).toBe("");
  });

  it("of another installation is neither listed nor swept (S25)", async () => {
    const { directory, engine } = await openWorld();
    const foreign = join(directory, "sandboxes", "thor-foreign");
    mkdirSync(foreign, { recursive: true });
    const meta = { root: "/nowhere", anchor: "a", instance: "other", sha: "", createdAt: 0, lastUsedAt: 0 };
    writeFileSync(join(foreign, "meta.json"), JSON.stringify({ ...meta, isStopped: false, usedMiB: 0 }));
    expect(await engine.sweep()).toEqual([]);
    expect(existsSync(foreign)).toBe(true);
  });
});
