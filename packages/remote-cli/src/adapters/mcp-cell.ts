/** Where a program that speaks MCP runs: it sees the system, its own processes, and nothing of Thor. */
import { existsSync, lstatSync, readlinkSync } from "node:fs";

import type { McpTarget } from "@thor/integrations/manifest";
import { runChild } from "@thor/kit/child";
import type { Log } from "@thor/kit/flow/log";

type Program = Extract<McpTarget, { transport: "stdio" }>;
interface Started {
  command: string;
  argv: readonly string[];
  /** The whole environment; credentials travel here and never in argv, which anybody on the machine can read. */
  env: Readonly<Record<string, string>>;
}
/** Turns a target into what is started; undefined argv never happens: without a cell there is no upstream. */
export type Cell = (target: Program) => Started;

/** The SDK passes these on from its own environment; the child must not have them. */
const INHERITED = ["LOGNAME", "SHELL", "TERM", "USER"];
const PATH = "/usr/local/bin:/usr/bin:/bin";
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib64", "/lib32"];
const SETTINGS = ["/etc/ssl", "/etc/resolv.conf", "/etc/nsswitch.conf", "/etc/hosts"];
const TMP_BYTES = String(64 * 1024 * 1024);
const UNSHARE = ["user", "pid", "ipc", "uts", "cgroup"].map((name) => `--unshare-${name}`);

const childEnv = ({ env }: Program) => ({ PATH, HOME: "/tmp", LANG: "C.UTF-8", ...env });

function mounts(): string[] {
  const system = SYSTEM.filter((path) => existsSync(path)).flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path],
  );
  return [...system, ...SETTINGS.flatMap((path) => ["--ro-bind-try", path, path])];
}

type Proc = "fresh" | "empty";
/** The outer /proc is never shown: a fresh one, or where the kernel refuses that an empty directory. */
const procMount = (proc: Proc) =>
  proc === "fresh" ? ["--proc", "/proc"] : ["--tmpfs", "/proc", "--remount-ro", "/proc"];

const wrap = (proc: Proc, argv: readonly string[]): string[] => [
  ...UNSHARE,
  "--disable-userns",
  "--new-session",
  "--die-with-parent",
  ...mounts(),
  "--dev",
  "/dev",
  ...procMount(proc),
  "--size",
  TMP_BYTES,
  "--tmpfs",
  "/tmp",
  "--chdir",
  "/tmp",
  ...INHERITED.flatMap((name) => ["--unsetenv", name]),
  "--",
  ...argv,
];

const confined =
  (proc: Proc): Cell =>
  (target) => ({ command: "bwrap", argv: wrap(proc, [target.command, ...target.args]), env: childEnv(target) });

const bare: Cell = (target) => ({
  command: "/usr/bin/env",
  argv: [...INHERITED.flatMap((name) => ["-u", name]), target.command, ...target.args],
  env: childEnv(target),
});

async function works(proc: Proc, path: string): Promise<boolean> {
  const limits = { timeoutMs: 10_000, maxStdoutBytes: 1024, maxStderrBytes: 1024, killGraceMs: 1000 };
  const { end } = await runChild({
    bin: "bwrap",
    argv: wrap(proc, ["/usr/bin/true"]),
    env: { PATH: path },
    cwd: "/",
    ...limits,
  });
  return end.kind === "exited" && end.code === 0;
}

/** Decides once how programs are started; undefined: they are not, because nothing would hold them. */
export async function chooseCell(
  { isSandboxDisabled, path }: { isSandboxDisabled: boolean; path: string },
  log: Log,
): Promise<Cell | undefined> {
  if (isSandboxDisabled) {
    log.warn({ event: "mcp_sandbox_disabled" }, "MCP programs run without a cell");
    return bare;
  }
  if (await works("fresh", path)) return confined("fresh");
  return (await works("empty", path)) ? confined("empty") : undefined;
}
