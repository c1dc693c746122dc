import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { readConfig } from "./config.ts";

const SOURCES = import.meta.dirname;
const GIVEN = { THOR_INTERNAL_SECRET: "s".repeat(32), OPENCODE_SERVER_PASSWORD: "p" };
const BAD = { ...GIVEN, THOR_MAX_RUNNING_TURNS: "12.0", ABORT_TIMEOUT: "soon-and-private" };

it("names every fault at once, and no value", () => {
  expect(() => readConfig(BAD)).toThrow(/THOR_MAX_RUNNING_TURNS[^]*ABORT_TIMEOUT/);
  expect(() => readConfig(BAD)).not.toThrow(/private|12\.0/);
});

it("does nothing on import, whatever the environment says; a start with a bad integer ends at once", () => {
  const cwd = tempDir();
  const run = (...argv: string[]) => {
    const env = { PATH: process.env["PATH"], ...BAD, THOR_WORKSPACE_DIR: cwd };
    return spawnSync(process.execPath, ["--import", import.meta.resolve("tsx"), ...argv], {
      env,
      cwd,
      encoding: "utf8",
    });
  };
  const imported = run("--input-type=module", "--eval", `await import(${JSON.stringify(join(SOURCES, "app.ts"))})`);
  expect([imported.status, imported.stdout, readdirSync(cwd)]).toEqual([0, "", []]);
  const started = run(join(SOURCES, "main.ts"));
  expect(started.status).toBe(1);
  expect(started.stderr).toMatch(/runner: cannot start\n[^]*THOR_MAX_RUNNING_TURNS[^]*ABORT_TIMEOUT/);
  expect(started.stderr).not.toContain("private");
});
