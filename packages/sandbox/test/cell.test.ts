/** What a command in a local sandbox can reach: its worktree's copy, and nothing else. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { describe, expect, it, onTestFinished } from "vitest";

import { hasCells, openWorld } from "./world.ts";

describe.skipIf(!hasCells)("a local cell", () => {
  it("has the Node that runs Thor, and an environment of seven words (S1, S4)", async () => {
    const { exec } = await openWorld();
    expect(await exec(["node", "-v"])).toMatchObject({ code: 0, stdout: `${process.version}\n` });
    const { stdout } = await exec(["node", "-p", "JSON.stringify(process.env)"]);
    const shells = new Set(["PWD", "OLDPWD", "SHLVL", "_"]);
    const words = Object.entries(JSON.parse(stdout)).filter(([name]) => !shells.has(name));
    expect(Object.fromEntries(words)).toEqual({
      HOME: "/home/thor",
      PATH: "/opt/thor/node:/usr/local/bin:/usr/bin:/bin",
      LANG: "C.UTF-8",
      TERM: "dumb",
      USER: "thor",
      CI: "1",
      THOR_SANDBOX: "local",
    });
  });

  it("sees neither Thor's directories, nor the machine's files, nor another worktree (S2, S35)", async () => {
    const { directory, root, exec, bash, placeOf, main } = await openWorld();
    writeFileSync(join(directory, "secret"), "the secret");
    const other = join(directory, "worktrees", "r", "other");
    execFileSync("git", ["worktree", "add", "-q", "-b", "other", other], { cwd: main });
    writeFileSync(join(other, "theirs.txt"), "theirs");
    await exec(["true"], { at: placeOf(other) });
    const looks = `cat ${directory}/secret ${other}/theirs.txt; ls -d /workspace/config /var/lib/remote-cli /root /etc/shadow ${directory} ${root}; ls /tmp /home /workspace; find / -name theirs.txt 2>/dev/null`;
    const { stdout } = await bash(`{ ${looks}; } 2>&1 | grep -v "No such file"`);
    expect(stdout).toBe("/home:\nthor\n\n/tmp:\n\n/workspace:\nsandbox\n");
    expect((await bash(`cd ${other}; rm -rf ${other}; rm -rf *`, ["--pull", "never"])).code).toBe(0);
    expect((await exec(["cat", "theirs.txt"], { at: placeOf(other) })).stdout).toBe("theirs");
  });

  it("reaches no service of this machine and no network (S3)", async () => {
    const server = createServer((_, response) => response.end("reached"));
    await new Promise<void>((resolve) => server.listen(0, "0.0.0.0", resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === "object" ? (address?.port ?? 0) : 0;
    const { bash } = await openWorld();
    const attempt = (host: string) => `exec 3<>/dev/tcp/${host}/${port} && echo reached`;
    const { stdout } = await bash(
      ["127.0.0.1", "192.0.2.1", "1.1.1.1"].map((host) => `(${attempt(host)}) 2>&1`).join("; "),
    );
    expect(stdout).not.toContain("reached");
    expect((await bash("cat /proc/net/dev | tail -n +3 | cut -d: -f1")).stdout.trim()).toBe("lo");
    expect((await bash("npm install left-pad --fetch-retries=0")).notes).toContain("this sandbox has no network");
  });

  it("shows its own processes, a read-only system and no way to more rights (S4)", async () => {
    const { bash } = await openWorld();
    const { stdout } = await bash(
      "ls /proc | grep -c '^[0-9]'; touch /usr/x 2>&1; unshare -U true 2>&1; grep CapEff /proc/self/status; id -u; cat /proc/*/environ | tr '\\0' '\\n' | grep -ci secret",
    );
    expect(Number(stdout.split("\n")[0])).toBeLessThan(10);
    expect(stdout).toContain("Read-only file system");
    expect(stdout).toMatch(/unshare.*(No space left|not permitted)/i);
    expect(stdout).toContain("CapEff:\t0000000000000000\n1001\n0\n");
  });

  it("refuses the next command of a sandbox that holds too much, until it is reset (S5)", async () => {
    const { bash, create } = await openWorld({ diskMiB: 20 });
    expect((await bash("mkdir node_modules; head -c 40M /dev/zero > node_modules/big")).code).toBe(0);
    expect(await bash("true")).toMatchObject({ code: 1, notes: expect.stringContaining("sandbox reset") });
    expect((await create(true)).code).toBe(0);
    expect((await bash("true")).code).toBe(0);
  });

  it.skipIf(process.getuid?.() === 0)("ends a bomb of processes by its limit (S5; root is never limited)", async () => {
    const { bash } = await openWorld();
    const ran = await bash("for i in $(seq 700); do sleep 5 & done; echo not reached", ["--timeout", "20s"]);
    expect(ran.code).not.toBe(0);
  });

  it("stops a file that grows beyond 2 GiB (S5)", async () => {
    const { bash } = await openWorld();
    const ran = await bash("truncate -s 3G node_modules_big", ["--pull", "never"]);
    expect(ran.code).toBe(153);
  });

  it("keeps a hostile build script from secrets, other worktrees and the network, and its answers from being believed", async () => {
    const { directory, root, bash } = await openWorld();
    mkdirSync(join(directory, "outside"));
    writeFileSync(join(directory, "outside/secret"), "the secret");
    const evil = `rm -rf .git; mkdir -p .git/hooks; ln -s ${directory}/outside out; ln -s ${directory}/outside/secret s;
      printf '#!/bin/sh\\ntouch ${directory}/sentinel' > .git/hooks/post-checkout; chmod +x .git/hooks/post-checkout;
      mkdir -p sub/.git; echo x > sub/.git/config; cat s out/secret`;
    const ran = await bash(`${evil}; true`);
    expect(ran.stdout).toBe("");
    expect(ran.notes).not.toContain("the secret");
    expect(existsSync(join(directory, "sentinel"))).toBe(false);
    expect(existsSync(join(root, "s"))).toBe(false);
    expect(readFileSync(join(root, ".git"), "utf8")).toMatch(/^gitdir: /);
    expect(await bash("cat a.txt")).toEqual({ stdout: "one\n", code: 0, notes: "" });
  });
});
