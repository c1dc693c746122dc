/** OpenCode's shell: `thor-shell -c COMMAND` runs a command of an admitted session in its conversation's cell. */
import { spawn, spawnSync } from "node:child_process";
import { timingSafeEqual } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Pass } from "@thor/domain/pass";

import { cellArgv, emptyCell } from "./cell-argv.ts";
import { hasLink, isBelow } from "./file-scope.ts";
import { readPass, readWorktrees } from "./pass-file.ts";

const NOT_ADMITTED = 126;
const HERE = dirname(fileURLToPath(import.meta.url));
const LAUNCHERS = join(HERE, "launchers");
const SYSTEM_PATH = "/usr/local/bin:/usr/bin:/bin";
const { env } = process;
const passes = env["THOR_PASSES_DIR"] ?? "/run/thor/passes";
const workspace = env["THOR_WORKSPACE_DIR"] ?? "/workspace";

const onPath = (name: string) =>
  (env["PATH"] ?? SYSTEM_PATH)
    .split(delimiter)
    .filter((directory) => directory.startsWith("/") && directory !== LAUNCHERS)
    .map((directory) => join(directory, name))
    .find((path) => existsSync(path));

/** Whether bubblewrap works here: asked once, then remembered beside the passes. */
function probe(): "on" | "off" {
  const bwrap = onPath("bwrap");
  const tried =
    bwrap === undefined
      ? undefined
      : spawnSync(bwrap, [...emptyCell(), "--", "/bin/sh", "-c", "true"], { timeout: 10_000, env: {} });
  const state = tried?.status === 0 ? "on" : "off";
  mkdirSync(passes, { recursive: true });
  const temporary = join(passes, `cell.${process.pid}.tmp`);
  writeFileSync(temporary, `${state}\n`, { mode: 0o640 });
  renameSync(temporary, join(passes, "cell"));
  return state;
}

function cellState(): "on" | "off" {
  try {
    const state = readFileSync(join(passes, "cell"), "utf8").trim();
    return state === "on" || state === "off" ? state : probe();
  } catch {
    return probe();
  }
}

function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** The pass of the session that the plugin named, when its token is the pass's own. */
function admittedPass(): Pass | undefined {
  const { THOR_OPENCODE_SESSION_ID: sessionId = "", THOR_OPENCODE_SESSION_TOKEN: token = "" } = env;
  const pass = readPass(passes, sessionId, Date.now());
  return pass !== undefined && isSame(token, pass.token) ? pass : undefined;
}

const realRg = () => env["THOR_REAL_RG"] ?? onPath("rg") ?? "/usr/bin/rg";

/** The notes that are open to the session; a link could lead anywhere and is not shown. */
const openNotes = ({ memory = [] }: Pass) =>
  memory.filter((path) => {
    const root = join(workspace, "memory");
    return isBelow(root, path) && !hasLink(root, path);
  });

/** All that a command finds in its environment. */
function commandEnv(pass: Pass, home: string): Record<string, string> {
  return {
    PATH: `${LAUNCHERS}:${SYSTEM_PATH}`,
    HOME: home,
    TMPDIR: dirname(home),
    LANG: "C.UTF-8",
    TERM: "dumb",
    CI: "1",
    THOR_CLI_RUNTIME: process.execPath,
    THOR_REAL_RG: realRg(),
    THOR_WORKSPACE_DIR: workspace,
    THOR_REMOTE_CLI_URL: env["THOR_REMOTE_CLI_URL"] ?? "",
    THOR_OPENCODE_SESSION_ID: pass.session,
    THOR_OPENCODE_SESSION_TOKEN: pass.token,
    THOR_OPENCODE_CALL_ID: env["THOR_OPENCODE_CALL_ID"] ?? "",
  };
}

const LIMITS = 'ulimit -c 0; ulimit -n 4096; ulimit -f 4194304; exec "$0" -c "$1"';
const shell = existsSync("/bin/bash") ? "/bin/bash" : "/bin/sh";

function start(bin: string, argv: readonly string[], options: { env: Record<string, string>; cwd: string }): void {
  const child = spawn(bin, argv, { ...options, stdio: "inherit" });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => void child.kill(signal));
  child.on("error", (err) => {
    process.stderr.write(`thor-shell: ${err.message}\n`);
    process.exitCode = NOT_ADMITTED;
  });
  child.on(
    "exit",
    (code, signal) => (process.exitCode = signal === null ? (code ?? 1) : 128 + constants.signals[signal]),
  );
}

function run(command: string): void {
  const pass = admittedPass();
  if (pass === undefined) {
    process.stderr.write("this session is not admitted\n");
    process.exitCode = NOT_ADMITTED;
    return;
  }
  const tmp = join(env["THOR_AGENT_TMP_DIR"] ?? "/agent-tmp", pass.anchor);
  mkdirSync(join(tmp, "home"), { recursive: true, mode: 0o700 });
  const limited = ["/bin/sh", "-c", LIMITS, shell, command];
  if (cellState() === "off") {
    const [bin = "/bin/sh", ...argv] = limited;
    return start(bin, argv, { env: commandEnv(pass, join(tmp, "home")), cwd: process.cwd() });
  }
  const repos = join(workspace, "repos");
  const isOwnPlace = ["worktrees", "runs"].some((name) => pass.cwd.startsWith(`${workspace}/${name}/`));
  const worktrees = [...readWorktrees(pass), ...(isOwnPlace ? [pass.cwd] : [])];
  const isVisible = [repos, ...worktrees].some(
    (root) => process.cwd() === root || process.cwd().startsWith(`${root}/`),
  );
  const needed = [HERE, process.execPath, realRg()].filter((path) => existsSync(path) && !path.startsWith("/usr/"));
  const cwd = isVisible ? process.cwd() : pass.cwd;
  const argv = cellArgv({ repos, worktrees, notes: openNotes(pass), tmp, needed, cwd }, limited);
  start(onPath("bwrap") ?? "bwrap", argv, { env: commandEnv(pass, "/tmp/home"), cwd: "/" });
}

const [flag, command] = process.argv.slice(2);
if (flag === "--probe") process.stdout.write(`${probe()}\n`);
else if (flag === "-c" && command !== undefined) run(command);
else {
  process.stderr.write("usage: thor-shell -c <command> | --probe\n");
  process.exitCode = NOT_ADMITTED;
}
