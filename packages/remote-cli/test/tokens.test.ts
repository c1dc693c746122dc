import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { openWorld } from "./world.ts";

it("gives its token to the git host alone, for one repository, and shows it nowhere", async () => {
  const world = await openWorld();
  await world.settle();
  const here = (args: string | readonly string[]) => world.git(args, world.worktree);
  const config = join(world.main, ".git", "config");
  const clean = readFileSync(config, "utf8");
  const minted = world.github.mints.length;
  for (const url of [
    "https://evil.example/acme/r",
    `http://${world.github.host}/acme/r`,
    `https://${world.github.host}.evil.example/acme/r`,
    `https://u@${world.github.host}/acme/r`,
    "https://localhost:8443/acme/r",
    `https://${world.github.host}/evil/r`,
  ]) {
    writeFileSync(config, clean.replace(world.url, url));
    for (const line of ["fetch", "push origin HEAD:refs/heads/feat/x", "ls-remote"])
      expect(`${url} ${(await here(line)).status}`).toBe(`${url} 400`);
  }
  expect(world.github.mints.length).toBe(minted);
  writeFileSync(config, clean);
  world.github.state.redirectTo = "https://localhost:1";
  const moved = await here("fetch");
  expect(moved.exitCode).not.toBe(0);
  expect(moved.stderr).toContain("origin moved");
  delete world.github.state.redirectTo;
  const gone = world.github.mints[0]?.token ?? "none";
  world.github.state.revoked = gone;
  expect(await here("fetch")).toMatchObject({ exitCode: 0, stderr: "" });
  expect(world.github.mints).toHaveLength(2);
  const token = world.github.mints[1]?.token ?? "none";
  const leak = await here(["log", "--grep", token, "-1", `--format=${token}%H`]);
  expect(leak.stdout + leak.stderr).not.toContain(token);
  expect(await here(["commit", "-m", `token ${token}`])).toMatchObject({
    status: 400,
    stderr: expect.stringContaining("github-token"),
  });
  expect(await here(["commit", "-m", "AKIAABCDEFGHIJKLMNOP"])).toMatchObject({ status: 400 });
  const uses = world.github.mints.map(({ body }) => body.permissions["contents"]);
  expect(uses).toEqual(["read", "read"]);
  world.github.state.revoked = token;
  world.github.state.mintStatus = 401;
  expect(await here("fetch")).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("App's key") });
});
