/** The second wall around children, where the machine has bubblewrap: what the policy let through still sees little. */
import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";

import { runChild } from "@thor/kit/child";

interface Program {
  bin: string;
  argv: readonly string[];
}
/** What a child of git may see beyond the system. */
interface View {
  home: string;
  isOnline: boolean;
  isRead: boolean;
  repository?: { root: string; commonDir: string } | undefined;
  writable: readonly string[];
}
export type Confine = (program: Program, view: View) => Program;

/** The policy alone. */
export const unconfined: Confine = (program) => program;

const SYSTEM = [
  "/usr",
  "/bin",
  "/sbin",
  "/lib",
  "/lib64",
  "/lib32",
  "/etc/ssl",
  "/etc/resolv.conf",
  "/etc/hosts",
  "/etc/nsswitch.conf",
  "/etc/passwd",
];
const UNSHARE = [
  "--unshare-user",
  "--unshare-pid",
  "--unshare-ipc",
  "--unshare-uts",
  "--new-session",
  "--die-with-parent",
];

function systemMounts(): string[] {
  return SYSTEM.filter((path) => existsSync(path)).flatMap((path) =>
    lstatSync(path).isSymbolicLink() && !path.startsWith("/etc/")
      ? ["--symlink", readlinkSync(path), path]
      : ["--ro-bind", path, path],
  );
}

const SHELLS = "bash dash zsh ksh busybox perl python3"
  .split(" ")
  .flatMap((name) => [`/bin/${name}`, `/usr/bin/${name}`]);

/** Nothing in a child's view can read a script: where a shell was there is an empty file. */
function withoutShells(): string[] {
  const files = SHELLS.map((path) => (existsSync(path) ? realpathSync(path) : undefined));
  return [...new Set(files)].flatMap((path) => (path === undefined ? [] : ["--ro-bind", "/dev/null", path]));
}

const readOnly = (path: string) => ["--ro-bind-try", path, path];

/** A repository: everything of it for writers, except what git would execute or obey. */
function repositoryMounts({ repository, isRead }: View): string[] {
  if (repository === undefined) return [];
  const { root, commonDir } = repository;
  const bind = isRead ? "--ro-bind" : "--bind";
  const guarded = ["config", "hooks", "info"].flatMap((name) => readOnly(`${commonDir}/${name}`));
  return [bind, commonDir, commonDir, bind, root, root, ...(root === commonDir ? [] : guarded)];
}

interface ConfineOptions {
  /** Read-only paths that every child needs: the runtime, the askpass helper, the extra authority. */
  needed: readonly string[];
  bwrap: string;
}

/** Wraps a child: own namespaces, no /proc, a private /tmp, no network unless it talks to the git host. */
export function createConfine({ needed, bwrap }: ConfineOptions): Confine {
  const system = [...systemMounts(), ...withoutShells()];
  return ({ bin, argv }, view) => ({
    bin: bwrap,
    argv: [
      ...UNSHARE,
      ...(view.isOnline ? [] : ["--unshare-net"]),
      ...system,
      "--dev",
      "/dev",
      "--tmpfs",
      "/tmp",
      ...needed.flatMap(readOnly),
      ...repositoryMounts(view),
      ...view.writable.flatMap((path) => ["--bind", path, path]),
      "--bind",
      view.home,
      view.home,
      "--",
      bin,
      ...argv,
    ],
  });
}

/** Whether bubblewrap works here at all. */
export async function probeConfinement(bwrap: string, path: string): Promise<boolean> {
  const limits = { timeoutMs: 10_000, maxStdoutBytes: 1024, maxStderrBytes: 1024, killGraceMs: 1000 };
  const argv = [
    ...UNSHARE,
    "--unshare-net",
    ...systemMounts(),
    "--dev",
    "/dev",
    "--tmpfs",
    "/tmp",
    "--",
    "git",
    "--version",
  ];
  const { end } = await runChild({ bin: bwrap, argv, env: { PATH: path }, cwd: "/", ...limits });
  return end.kind === "exited" && end.code === 0;
}
