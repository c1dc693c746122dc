import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { runChild } from "@thor/kit/child";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { createConfine, unconfined } from "../src/adapters/confinement.ts";
import { createToolRunner } from "../src/adapters/tool-runner.ts";

const hasBwrap = spawnSync("bwrap", ["--unshare-user", "--ro-bind", "/", "/", "true"]).status === 0;

it.each([
  ["alone", unconfined] as const,
  ...(hasBwrap ? [["confined", createConfine({ bwrap: "/usr/bin/bwrap", needed: [] })] as const] : []),
])("shows what a tool writes to its output by name, up to the cap (%s)", async (_name, confine) => {
  const directory = tempDir();
  const calls = join(directory, "calls");
  mkdirSync(calls);
  const path = "/usr/bin:/bin";
  const run = createToolRunner({ path, callsDirectory: calls, confine, runChild });
  let shown = "";
  const start = (maxStdoutBytes: number) =>
    run({
      bin: "cp",
      argv: ["/etc/passwd", "/dev/stdout"],
      env: {},
      timeoutMs: 10_000,
      maxStdoutBytes,
      maxStderrBytes: 1000,
      signal: new AbortController().signal,
      onStdout: (chunk) => (shown += Buffer.from(chunk).toString()),
      onStderr: (chunk) => (shown += Buffer.from(chunk).toString()),
    });
  expect((await start(100_000)).end).toEqual({ kind: "exited", code: 0 });
  expect(shown).toContain("root:");
  shown = "";
  expect((await start(4)).end).toEqual({ kind: "capped", stream: "stdout" });
  expect(shown).toBe("root");
  expect(readdirSync(calls)).toEqual([]);
});
