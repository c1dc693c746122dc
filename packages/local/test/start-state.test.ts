import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it, onTestFinished } from "vitest";

import { openCappedLog } from "../src/start/capped-log.ts";
import { takeLock } from "../src/start/lock.ts";
import { readStartOptions } from "../src/start/options.ts";
import { choosePorts } from "../src/start/ports.ts";
import { startTimeOf } from "../src/start/process-identity.ts";
import { openSecrets } from "../src/start/secrets.ts";
import { setAside } from "../src/start/set-aside.ts";

function sleeper() {
  const child = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

it("makes each secret once, for this user only", () => {
  const file = join(tempDir(), "secrets.env");
  const first = openSecrets(file);
  expect(openSecrets(file)).toEqual(first);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(Object.values(first).every((secret) => secret.length >= 32)).toBe(true);
  expect(new Set(Object.values(first)).size).toBe(Object.keys(first).length);
});

it("keeps its ports, and moves one that somebody else has", async () => {
  const file = join(tempDir(), "ports.json");
  const first = await choosePorts(file, "any");
  expect(await choosePorts(file, undefined)).toEqual(first);
  const squatter = createServer().listen(first.frontDoor, "127.0.0.1");
  await new Promise((resolve) => squatter.once("listening", resolve));
  const moved = await choosePorts(file, undefined);
  await expect(choosePorts(file, first.frontDoor)).rejects.toThrow("is taken");
  squatter.close();
  expect(moved.frontDoor).not.toBe(first.frontDoor);
  expect({ ...moved, frontDoor: 0 }).toEqual({ ...first, frontDoor: 0 });
});

it("names the start that has the directory", () => {
  const file = join(tempDir(), "start.lock");
  const other = sleeper();
  const owner = { pid: other.pid, startedAt: startTimeOf(other.pid ?? 0), url: "http://localhost:1", children: {} };
  writeFileSync(file, JSON.stringify(owner));
  expect(takeLock(file)).toMatchObject({ kind: "running", lock: { pid: other.pid } });
});

it("ends what a killed start left behind, and nobody who got its number since", async () => {
  const file = join(tempDir(), "start.lock");
  const [left, stranger] = [sleeper(), sleeper()];
  const children = {
    left: { pid: left.pid, startedAt: startTimeOf(left.pid ?? 0) },
    stranger: { pid: stranger.pid, startedAt: "Mon Jan  1 00:00:00 2001" },
  };
  writeFileSync(file, JSON.stringify({ pid: 2 ** 22, startedAt: "never", children }));
  const taken = takeLock(file);
  expect(taken.kind).toBe("taken");
  await eventually("the leftover ends", () => left.signalCode ?? undefined);
  expect(stranger.exitCode).toBeNull();
  expect(stranger.signalCode).toBeNull();
  if (taken.kind === "taken") taken.release();
  expect(existsSync(file)).toBe(false);
});

it("keeps one old copy when data is set aside", () => {
  const parent = tempDir();
  const data = join(parent, ".thor");
  for (const stamp of ["1", "2"]) {
    mkdirSync(data);
    writeFileSync(join(data, "round"), stamp);
    setAside(data, stamp);
  }
  expect(readdirSync(parent)).toEqual([".thor.old-2"]);
});

it("does not set data aside under a start that runs on it", () => {
  const data = join(tempDir(), ".thor");
  const other = sleeper();
  mkdirSync(join(data, "run"), { recursive: true });
  const owner = { pid: other.pid, startedAt: startTimeOf(other.pid ?? 0), children: {} };
  writeFileSync(join(data, "run", "start.lock"), JSON.stringify(owner));
  expect(setAside(data, "1")).toMatchObject({ kind: "running", lock: { pid: other.pid } });
  expect(existsSync(data)).toBe(true);
});

it("reads .env without overruling the environment, and refuses what it does not know", () => {
  const root = tempDir();
  writeFileSync(join(root, ".env"), "THOR_DATA_DIR=from-file\nTHOR_MODEL=from-file\n");
  expect(() => readStartOptions(["--frehs"], {}, root)).toThrow("--frehs");
  expect(readStartOptions(["--fresh"], {}, root)).toMatchObject({ isFresh: true, isAgreed: false });
  const options = readStartOptions(["--port", "0", "--json"], { THOR_DATA_DIR: "here" }, root);
  expect(options).toMatchObject({ dataDir: join(root, "here"), port: "any", isJson: true, isFresh: false });
  expect(options.env["THOR_MODEL"]).toBe("from-file");
});

it("lets a log grow to its cap and keeps two older ones", () => {
  const file = join(tempDir(), "x.log");
  const log = openCappedLog(file);
  const piece = Buffer.alloc(4 * 1024 * 1024, "x");
  for (let n = 0; n < 12; n += 1) log.write(piece);
  log.write(Buffer.from("the end"));
  log.close();
  const names = readdirSync(join(file, ".."));
  expect(names.toSorted()).toEqual(["x.log", "x.log.1", "x.log.2"]);
  expect(statSync(file).size).toBeLessThanOrEqual(10 * 1024 * 1024);
  expect(readFileSync(file).includes("the end")).toBe(true);
  expect(log.tail()).toContain("the end");
});
