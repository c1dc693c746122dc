import { fork } from "node:child_process";
import { readFileSync } from "node:fs";

import { afterAll, expect, it } from "vitest";

import { createRunChild } from "./child.ts";
import { openLauncher } from "./launcher.ts";
import { eventually } from "./testing/eventually.ts";

const launcher = openLauncher();
afterAll(() => launcher.close());
const run = createRunChild(launcher.start);
const base = {
  env: { PATH: "/usr/bin:/bin" },
  cwd: "/",
  timeoutMs: 20_000,
  maxStdoutBytes: 3_000_000,
  maxStderrBytes: 1000,
  killGraceMs: 200,
};
const shell = (script: string, more: object = {}) => ({ ...base, bin: "/bin/sh", argv: ["-c", script], ...more });
const isRunning = (pid: number) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};
const parentOf = (pid: number) => Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8"))?.[1]);

it("starts programs in another process that knows nothing of the service's environment", async () => {
  const { stdout } = await run(shell("echo $PPID; tr '\\0' '\\n' < /proc/$PPID/environ"));
  const [parent, ...environment] = stdout.toString().trim().split("\n");
  expect(Number(parent)).not.toBe(process.pid);
  expect(parentOf(Number(parent))).toBe(process.pid);
  expect(environment.filter((line) => !line.startsWith("NODE_CHANNEL_"))).toEqual([]);
});

it("passes stdin, output of any size, exit codes, signals and missing programs exactly", async () => {
  const big = "x".repeat(2_000_000);
  const all = await Promise.all([
    run(shell("cat; echo oops >&2; exit 3", { stdin: big })),
    run(shell("kill -SEGV $$")),
    run({ ...base, bin: "/nowhere/tool", argv: [] }),
    run(shell("yes", { maxStdoutBytes: 1000 })),
    run(shell("trap '' TERM; sleep 60 & wait; sleep 60", { timeoutMs: 300 })),
  ]);
  expect(all.map(({ end }) => end)).toEqual([
    { kind: "exited", code: 3 },
    { kind: "signalled", signal: "SIGSEGV", number: 11 },
    { kind: "not_found" },
    { kind: "capped", stream: "stdout" },
    { kind: "timeout" },
  ]);
  expect(all[0]?.stdout.toString()).toBe(big);
  expect(all[0]?.stderr.toString()).toBe("oops\n");
});

it("ends what a killed launcher ran, says so, and goes on with a new one", async () => {
  let kill = (): void => undefined;
  const pids: number[] = [];
  const lost = run(shell("echo $$ $PPID; sleep 60"), {
    onStdout: (chunk) => {
      pids.push(...chunk.toString().trim().split(" ").map(Number));
      kill();
    },
  });
  kill = () => void process.kill(pids[1] ?? 0, "SIGKILL");
  expect((await lost).end).toEqual({ kind: "spawn_failed", error: "the launcher ended" });
  await eventually("the lost program is gone", () => !isRunning(pids[0] ?? 0));
  expect((await run(shell("echo up"))).stdout.toString()).toBe("up\n");
});

it("ends everything when its service is killed", async () => {
  const program = new URL("./launcher-process.ts", import.meta.url).pathname;
  const service = `
    const { fork } = require("node:child_process");
    const launcher = fork(${JSON.stringify(program)}, { execArgv: [], env: {}, serialization: "advanced" });
    launcher.on("message", (report) => report.kind === "started" && process.send(report.pid));
    const start = { bin: "/bin/sleep", argv: ["61"], env: {}, cwd: "/" };
    launcher.send({ kind: "start", id: 1, start });`;
  const killed = fork("-e", [service], { execArgv: [], stdio: "ignore" });
  const pid = await new Promise<number>((resolve) => killed.once("message", (said) => resolve(Number(said))));
  expect(isRunning(pid)).toBe(true);
  killed.kill("SIGKILL");
  await eventually("the program of a killed service is gone", () => !isRunning(pid));
});
