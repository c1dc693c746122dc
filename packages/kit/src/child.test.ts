import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { runChild } from "./child.ts";

const base = {
  env: { PATH: "/usr/bin:/bin" },
  cwd: "/",
  timeoutMs: 5000,
  maxStdoutBytes: 1000,
  maxStderrBytes: 1000,
  killGraceMs: 200,
};
const shell = (script: string, more: object = {}) => ({ ...base, bin: "/bin/sh", argv: ["-c", script], ...more });
/** A killed grandchild may stay a zombie until somebody reaps it; it runs nothing any more. */
const isRunning = (pid: number) => {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
};

it("passes exactly the planned stdin and environment, and returns output and exit code", async () => {
  const result = await runChild(
    shell('cat; echo "$A:$HOME" >&2; exit 3', { stdin: "in", env: { A: "1", PATH: "/usr/bin:/bin" } }),
  );
  expect([result.end, result.stdout.toString(), result.stderr.toString()]).toEqual([
    { kind: "exited", code: 3 },
    "in",
    "1:\n",
  ]);
});

it("ends the whole group at the deadline, also a child that ignores SIGTERM", async () => {
  const result = await runChild(shell("trap '' TERM; sleep 60 & echo $!; wait; sleep 60", { timeoutMs: 100 }));
  expect(result.end).toEqual({ kind: "timeout" });
  expect(isRunning(Number(result.stdout.toString()))).toBe(false);
});

it("delivers output up to the cap and no more", async () => {
  const result = await runChild(shell("yes"));
  expect(result.end).toEqual({ kind: "capped", stream: "stdout" });
  expect(result.stdout).toHaveLength(1000);
});

it("ends when its caller goes away", async () => {
  const abort = new AbortController();
  const running = runChild(shell("echo up; sleep 60"), { signal: abort.signal, onStdout: () => abort.abort() });
  expect((await running).end).toEqual({ kind: "cancelled" });
});

it("says that a program is missing, and names a signal", async () => {
  expect((await runChild({ ...base, bin: "/nowhere/tool", argv: [] })).end).toEqual({ kind: "not_found" });
  expect((await runChild(shell("kill -SEGV $$"))).end).toMatchObject({
    kind: "signalled",
    signal: "SIGSEGV",
    number: 11,
  });
});
