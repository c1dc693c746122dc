import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ExecResult } from "@thor/domain/exec";
import { describe, expect, it } from "vitest";

import { openWorld } from "./world.ts";

function hasGh(): boolean {
  try {
    execFileSync("gh", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    process.stderr.write("skipped: no gh on this machine\n");
    return false;
  }
}

async function cloned(env: Record<string, string> = {}) {
  const world = await openWorld(env);
  await world.settle();
  const gh = async (args: readonly string[], cwd = world.main) => {
    const { status, text } = await world.internal("/internal/exec", { bin: "gh", args, cwd });
    return { status, ...ExecResult.parse(JSON.parse(text)) };
  };
  return { world, gh };
}

const react = ["api", "-X", "POST", "repos/acme/r/issues/comments/5/reactions", "-f", "content=eyes"];

describe.skipIf(!hasGh())("gh for Thor's own services", () => {
  it("asks the API of the clone's own repository, with a token for that one and no more", async () => {
    const { world, gh } = await cloned();
    expect(await gh(react)).toMatchObject({ status: 200, exitCode: 0 });
    const body = "body=a notice\nof two lines, @all";
    expect(await gh(["api", "-X", "POST", "repos/acme/r/issues/7/comments", "-f", body])).toMatchObject({
      exitCode: 0,
    });
    const [reaction, comment] = world.github.apiCalls;
    expect(reaction).toMatchObject({ method: "POST", path: "repos/acme/r/issues/comments/5/reactions" });
    expect(JSON.parse(reaction?.body ?? "")).toEqual({ content: "eyes" });
    expect(JSON.parse(comment?.body ?? "")).toEqual({ body: "a notice\nof two lines, @all" });
    const mint = world.github.mints.at(-1);
    expect(mint?.body.repositories).toEqual(["r"]);
    expect(mint?.body.permissions).toMatchObject({ issues: "write", pull_requests: "read", contents: "read" });
    expect(reaction?.authorization).toContain(mint?.token);
  });

  it("reads no file for a value, leaves no trace of the token, and asks the widest host of nothing", async () => {
    const { world, gh } = await cloned();
    const secret = join(world.directory, "secret");
    writeFileSync(secret, "hidden words");
    await gh(["api", "-X", "POST", "repos/acme/r/issues/7/comments", "-f", `body=@${secret}`]);
    expect(JSON.parse(world.github.apiCalls.at(-1)?.body ?? "")).toEqual({ body: `@${secret}` });
    const audit = await world.ledger.auditPage({ event: "exec_decided", limit: 50 });
    const told = JSON.stringify(audit) + readFileSync(join(world.workspace, "data/thor.db"), "latin1");
    for (const { token } of world.github.mints) expect(told.includes(token)).toBe(false);
  });
});

describe("what gh may not do", () => {
  it("refuses other repositories, other requests and other words, and starts nothing", async () => {
    const { world, gh } = await cloned();
    const refused: readonly (readonly string[])[] = [
      ["api", "-X", "POST", "repos/evil/r/issues/comments/5/reactions", "-f", "content=eyes"],
      ["api", "-X", "DELETE", "repos/acme/r/issues/comments/5"],
      ["api", "-X", "POST", "repos/acme/r/issues/7/comments", "-f", "title=x"],
      ["api", "-X", "POST", "repos/acme/r/../../user/issues/7/comments", "-f", "body=x"],
      ["api", "repos/acme/r/issues/7/comments", "-f", "body=x"],
      ["api", "-X", "POST", "repos/acme/r/issues/7/comments", "-F", "body=@/etc/passwd"],
      ["api", "-X", "POST", "repos/acme/r/issues/7/comments", "-f", "body=x", "--hostname", "evil.test"],
      ["pr", "view", "7", "--repo", "evil/r", "--json", "title"],
      ["pr", "view", "7", "--web"],
      ["pr", "view", "-1", "--json", "title"],
      ["auth", "token"],
      ["alias", "set", "x", "!id"],
    ];
    for (const args of refused) expect([args, (await gh(args)).status]).toEqual([args, 400]);
    expect(await gh(react, "/")).toMatchObject({ status: 400 });
    expect(world.github.apiCalls).toEqual([]);
  });

  it("opens none of these rows for sessions", async () => {
    const { world } = await cloned();
    const answer = await world.exec(world.first.sessionId, "/exec/gh", { args: react, cwd: world.main });
    expect(answer).toMatchObject({ status: 400, stderr: expect.stringContaining("option -X is not in the list") });
  });

  it("says so when gh is not installed", async () => {
    const { gh } = await cloned({ PATH: "/nonexistent-for-gh:/usr/lib/git-core" });
    expect(await gh(react)).toMatchObject({ exitCode: 127, stderr: expect.stringContaining("gh: not installed") });
  });
});
