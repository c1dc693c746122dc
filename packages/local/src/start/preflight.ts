/** What this machine must have; all faults are told together, warnings do not stop the start. */
import { execFileSync } from "node:child_process";
import { accessSync, constants, statfsSync } from "node:fs";
import { createRequire } from "node:module";
import { freemem } from "node:os";
import { dirname, join } from "node:path";

import type { Layout } from "./layout.ts";

const GIB = 1024 ** 3;
const MIN_FREE_BYTES = 2 * GIB;
const MIN_NODE = 26;
const MIN_GIT = [2, 39];

export interface Findings {
  faults: string[];
  warnings: string[];
  tools: { opencode: string; ripgrep: string };
}

interface Machine {
  platform: string;
  arch: string;
  nodeMajor: number;
  gitVersion: string | undefined;
  opencode: string | undefined;
  ripgrep: string | undefined;
  freeBytes: number;
  freeMemory: number;
}

const GIT_INSTALL: Readonly<Record<string, string>> = {
  linux: "apt install git, or dnf install git",
  darwin: "brew install git",
};

function isOlder(version: string, [major = 0, minor = 0]: readonly number[]): boolean {
  const [a = 0, b = 0] = version.split(".").map(Number);
  return a < major || (a === major && b < minor);
}

const gib = (bytes: number) => `${(bytes / GIB).toFixed(1)} GiB`;

/** Judges a machine's facts; pure, so that every fault has a test in which it is told. */
export function judgeMachine(machine: Machine): Pick<Findings, "faults" | "warnings"> {
  const { platform, arch, nodeMajor, gitVersion, freeBytes, freeMemory } = machine;
  const kind = `${platform}-${arch}`;
  const isSupported = /^(linux|darwin)-(x64|arm64)$/.test(kind);
  const checks: [boolean, string][] = [
    [nodeMajor < MIN_NODE, `Started by Node ${nodeMajor}. Run "npx pnpm start", it brings its own Node ${MIN_NODE}.`],
    [!isSupported, `${kind} is not supported: Linux or macOS, x64 or arm64 (WSL2 counts).`],
    [gitVersion === undefined, `git is missing: ${GIT_INSTALL[platform] ?? "install git"}.`],
    [
      gitVersion !== undefined && isOlder(gitVersion, MIN_GIT),
      `git ${gitVersion} is too old: 2.39 or newer is needed.`,
    ],
    [machine.opencode === undefined, `OpenCode is missing: reinstall the package opencode-${kind} (npx pnpm install).`],
    [
      machine.ripgrep === undefined,
      `ripgrep is missing: reinstall the package @vscode/ripgrep-${kind} (npx pnpm install).`,
    ],
    [freeBytes < MIN_FREE_BYTES, `Only ${gib(freeBytes)} of disk are free, ${gib(MIN_FREE_BYTES)} are needed.`],
  ];
  const isTight = freeMemory < MIN_FREE_BYTES;
  const warnings = isTight
    ? [`Only ${gib(freeMemory)} of memory are free; ${gib(MIN_FREE_BYTES)} are comfortable.`]
    : [];
  return { faults: checks.filter(([isFault]) => isFault).map(([, text]) => text), warnings };
}

function readGitVersion(): string | undefined {
  try {
    return /(\d+\.\d+(\.\d+)?)/.exec(execFileSync("git", ["--version"], { encoding: "utf8", timeout: 5000 }))?.[1];
  } catch {
    return undefined;
  }
}

/** A binary of a platform package that the root depends on. */
function packaged(name: string, binary: string): string | undefined {
  try {
    const root = createRequire(new URL("../../../../package.json", import.meta.url));
    const path = join(dirname(root.resolve(`${name}/package.json`)), "bin", binary);
    accessSync(path, constants.X_OK);
    return path;
  } catch {
    return undefined;
  }
}

/** Looks at this machine. */
export function preflight(layout: Layout): Findings {
  const { platform, arch } = process;
  const opencode = packaged(`opencode-${platform}-${arch}`, "opencode");
  const ripgrep = packaged(`@vscode/ripgrep-${platform}-${arch}`, "rg");
  const disk = statfsSync(layout.data);
  const machine = {
    platform,
    arch,
    nodeMajor: Number.parseInt(process.versions.node, 10),
    gitVersion: readGitVersion(),
    opencode,
    ripgrep,
    freeBytes: disk.bavail * disk.bsize,
    freeMemory: freemem(),
  };
  return { ...judgeMachine(machine), tools: { opencode: opencode ?? "", ripgrep: ripgrep ?? "" } };
}
