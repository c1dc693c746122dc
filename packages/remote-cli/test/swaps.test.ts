import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, it } from "vitest";

import { openWorld } from "./world.ts";

const hasBwrap = spawnSync("bwrap", ["--unshare-user", "--ro-bind", "/", "/", "true"]).status === 0;

/** Swaps a directory for a link and back, so many times, in a process of its own. */
const SWAPPER = `
  const fs = require("node:fs");
  const [at, real, link] = process.argv.slice(1);
  for (let n = 0; n < 10000; n += 1) {
    fs.renameSync(at, real); fs.renameSync(link, at);
    fs.renameSync(at, link); fs.renameSync(real, at);
  }`;

it("reads and writes nothing outside while a directory is swapped for a link ten thousand times", async () => {
  const world = await openWorld({ THOR_EXEC_SANDBOX: "auto" });
  await world.settle();
  const here = (args: readonly string[]) => world.git(args, world.worktree);
  const outside = join(world.directory, "outside");
  mkdirSync(outside);
  for (const name of ["f", "m", "b"])
    writeFileSync(join(outside, name), name === "b" ? '["the key text"]' : "the key text");
  const sub = join(world.worktree, "sub");
  mkdirSync(sub);
  for (const name of ["f", "m"]) writeFileSync(join(sub, name), "harmless words");
  writeFileSync(join(sub, "b"), '[{"type":"section","text":{"type":"mrkdwn","text":"harmless"}}]');
  await here(["add", "-A"]);
  await here(["commit", "-m", "sub"]);
  symlinkSync(outside, join(world.worktree, "link"));
  const argv = [sub, join(world.worktree, "real"), join(world.worktree, "link")];
  const swapper = spawn(process.execPath, ["-e", SWAPPER, ...argv], { stdio: "ignore" });
  const swapping = { isOver: false };
  const ended = new Promise<number | null>((resolve) =>
    swapper.on("close", (code) => {
      swapping.isOver = true;
      resolve(code);
    }),
  );
  let shown = "";
  const take = async (call: Promise<{ stdout: string; stderr: string }>) => {
    const { stdout, stderr } = await call;
    shown += stdout + stderr;
  };
  const post = (option: string) =>
    world.exec(world.first.sessionId, "/exec/slack-post-message", {
      args: ["--channel", "C0OPEN1", option, "sub/b"],
      stdin: "x",
      cwd: world.worktree,
    });
  for (let n = 0; !swapping.isOver; n += 1) {
    await take(world.git(["status"], sub));
    await take(world.git(["add", "."], sub));
    await take(here(["commit", "-F", "sub/m"]));
    await take(post(n % 2 === 0 ? "--blocks-file" : "--file"));
    if (hasBwrap) await take(here(["grep", "text"]));
  }
  expect(await ended).toBe(0);
  await take(here(["log", "-p", "--all"]));
  shown += JSON.stringify(world.slack.calls);
  expect(shown).not.toContain("the key text");
  expect(readdirSync(outside).map((name) => readFileSync(join(outside, name), "utf8"))).toEqual([
    '["the key text"]',
    "the key text",
    "the key text",
  ]);
});
