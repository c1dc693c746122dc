import { execFile, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect, it, onTestFinished, vi } from "vitest";

const run = promisify(execFile);
const MAIN = join(import.meta.dirname, "..", "..", "packages", "local", "src", "main.ts");

/** Waits for a named fact. */
const eventually = (fact: string, isSo: () => boolean, timeout = 20_000) =>
  vi.waitFor(() => expect({ fact, isSo: isSo() }).toEqual({ fact, isSo: true }), { timeout, interval: 50 });

/** Processes that name the directory in their command line or environment. */
function left(dataDir: string): string[] {
  const listed = execFileSync("ps", ["axeww", "-o", "pid=,args="], { encoding: "utf8", maxBuffer: 32 * 1024 * 1024 });
  return listed.split("\n").filter((line) => line.includes(dataDir) && !line.includes(" ps axeww"));
}

function startHere() {
  const dataDir = mkdtempSync(join(tmpdir(), "thor-e2e-"));
  const env = { ...process.env, THOR_DATA_DIR: dataDir };
  const child = spawn(process.execPath, [MAIN, "start", "--json", "--port", "0"], {
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await eventually("nothing is left", () => left(dataDir).length === 0);
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 3 });
  });
  let seen = "";
  child.stdout.on("data", (chunk) => (seen += String(chunk)));
  const said = () => seen;
  const ready = () => eventually("ready", () => seen.includes('"type":"ready"'), 60_000);
  const runFile = () => readFileSync(join(dataDir, "run.json"), "utf8");
  return { dataDir, env, child, ready, runFile, said };
}

it("plays the demo from an empty directory to a commit on the remote branch", async () => {
  const { stdout } = await run(process.execPath, [MAIN, "smoke"], { timeout: 110_000 });
  expect(stdout).toMatch(/smoke: ok in [\d.]+ s/);
});

it("says who is running already, ends with nothing left on Ctrl-C, and keeps its files to itself", async () => {
  const { dataDir, env, child, ready } = startHere();
  await ready();
  expect(statSync(join(dataDir, "run.json")).mode & 0o777).toBe(0o600);
  const second = run(process.execPath, [MAIN, "start"], { env, timeout: 20_000 });
  await expect(second).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining(`Already running as pid ${child.pid}`),
  });
  child.kill("SIGINT");
  await eventually("start exits", () => child.exitCode !== null);
  expect(child.exitCode).toBe(0);
  expect(left(dataDir)).toEqual([]);
  expect(existsSync(join(dataDir, "run.json"))).toBe(false);
});

it("can be called off while it is still starting", async () => {
  const { dataDir, child, said } = startHere();
  await eventually("something starts", () => said().includes('"starting"'));
  child.kill("SIGINT");
  await eventually("start exits", () => child.exitCode !== null);
  expect(child.exitCode).toBe(0);
  expect(left(dataDir)).toEqual([]);
});

it("leaves no process behind when start itself is killed", async () => {
  const { dataDir, child, ready, runFile } = startHere();
  await ready();
  for (const name of ["admin", "gateway", "opencode", "remote-cli", "runner", "simulators"])
    expect(runFile()).toContain(`"${name}": `);
  child.kill("SIGKILL");
  // Two seconds on a machine of its own; here other stacks share the processors.
  await eventually("all children are gone", () => left(dataDir).length === 0, 15_000);
});
