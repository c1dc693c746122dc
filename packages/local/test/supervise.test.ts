import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";

import type { ChildPlan } from "../src/start/child-plan.ts";
import { guarded } from "../src/start/guard.ts";
import { restartDelayMs, supervise } from "../src/start/supervise.ts";

const env = { PATH: process.env["PATH"] ?? "/usr/bin:/bin" };
const plan = (script: string): ChildPlan => ({
  name: "child",
  command: ["/bin/sh", "-c", script],
  env,
  ready: { kind: "line" },
});

function watched(child: ChildPlan, delayMs?: () => number) {
  const states: string[] = [];
  const logs = tempDir();
  const onState = (_name: string, state: string) => void states.push(state);
  const running = supervise(child, { layout: { logs }, onState, ...(delayMs === undefined ? {} : { delayMs }) });
  onTestFinished(() => running.stop(true));
  return { running, states, logs };
}

/** A dead process that nobody has collected yet is still listed, as Z. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

it("starts a killed child again within a second, and everything that it had started is gone", async () => {
  const { running, states, logs } = watched(plan("sleep 300 & echo $!; wait"));
  const grandchild = Number(await running.firstReady);
  const first = running.pid() ?? 0;
  process.kill(first, "SIGKILL");
  const started = performance.now();
  await eventually("a new child", () => (running.pid() !== first && running.state() === "ready") || undefined);
  expect(performance.now() - started).toBeLessThan(1000);
  expect(isAlive(grandchild)).toBe(false);
  expect(states).toEqual(["starting", "ready", "restarting", "ready"]);
  expect(readFileSync(join(logs, "child.log"), "utf8")).toContain(String(grandchild));
});

it("gives up on a child that always dies, and keeps its last words", async () => {
  const { running } = watched(plan("echo cannot live >&2; exit 3"), () => 0);
  await expect(running.firstReady).rejects.toThrow("cannot live");
  expect(running.state()).toBe("failed");
  expect(running.lastError()).toContain("exit 3");
});

it("stops a child by asking, and a hurried stop does not ask", async () => {
  const polite = watched(plan("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done"));
  await polite.running.firstReady;
  await polite.running.stop(false);
  expect(readFileSync(join(polite.logs, "child.log"), "utf8")).toContain("bye");
  const stubborn = watched(plan("trap '' TERM; echo up; while :; do sleep 0.05; done"));
  await stubborn.running.firstReady;
  const started = performance.now();
  await stubborn.running.stop(true);
  expect(performance.now() - started).toBeLessThan(2000);
});

it("is ready when the child's own health route says what is wanted", async () => {
  let opencode = "disconnected";
  const server = createServer((_request, response) => response.end(JSON.stringify({ opencode }))).listen(
    0,
    "127.0.0.1",
  );
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const until = { path: "opencode", equals: "connected" };
  const ready = { kind: "http" as const, url: `http://127.0.0.1:${port}/health`, headers: {}, until };
  const { running } = watched({ ...plan("sleep 60"), ready });
  expect(running.state()).toBe("starting");
  opencode = "connected";
  await running.firstReady;
  expect(running.state()).toBe("ready");
});

it("ends a program that does not watch its parent as soon as the parent's pipe ends", async () => {
  const [bin = "", ...argv] = guarded(["/bin/sh", "-c", "echo $$; exec sleep 300"]);
  const shell = spawn(bin, argv, { env, detached: true, stdio: ["pipe", "pipe", "ignore"] });
  const pid = await new Promise<number>((resolve) =>
    shell.stdout.once("data", (line) => resolve(Number(String(line)))),
  );
  expect(isAlive(pid)).toBe(true);
  shell.stdin.end();
  await eventually("the program is gone", () => !isAlive(pid) || undefined, 5000);
});

it("waits hardly at all after a first death, longer and longer after more, and never over half a minute", () => {
  expect([1, 2, 3, 4, 9].map(restartDelayMs)).toEqual([200, 1000, 2000, 4000, 30_000]);
});
