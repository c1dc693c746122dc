/** The cell of a local sandbox: foreign code with a system to read, a directory to write, its own processes and no network. */
import { existsSync, lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";

import { TRANSFER } from "../provider.ts";
import { WORK } from "../pure/compose.ts";

export interface CellLimits {
  memoryMiB: number;
  processes: number;
}
export interface CellView {
  /** Directories of one sandbox on this machine. */
  work: string;
  home: string;
  /** Shown to the engine's own scripts only. */
  transfer: string | undefined;
  /** Files that stand in for those of the machine. */
  etc: string;
  /** Directory of the running Node. */
  node: string;
  readOnlyPaths: readonly string[];
}

const HOME = "/home/thor";
const NODE = "/opt/thor/node";
const TMP_BYTES = String(1024 * 1024 * 1024);
const NAMESPACES = ["user", "pid", "ipc", "uts", "cgroup", "net"].map((name) => `--unshare-${name}`);
const MERGED = ["/bin", "/sbin", "/lib", "/lib64", "/lib32"];
const SETTINGS = ["/etc/ssl/certs", "/etc/ssl/openssl.cnf", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime"];
const GENERATED = ["passwd", "group", "hosts"];
const ENVIRONMENT = {
  HOME,
  PATH: `${NODE}:/usr/local/bin:/usr/bin:/bin`,
  LANG: "C.UTF-8",
  TERM: "dumb",
  USER: "thor",
  CI: "1",
  THOR_SANDBOX: "local",
};

/** What stands in the cell's `/etc`. */
export const ETC: Readonly<Record<string, string>> = {
  passwd: `root:x:0:0:root:/root:/bin/sh\nthor:x:1001:1001:thor:${HOME}:/bin/bash\n`,
  group: "root:x:0:\nthor:x:1001:\n",
  hosts: "127.0.0.1 localhost\n::1 localhost\n",
};

function systemMounts(): string[] {
  const merged = MERGED.filter((path) => existsSync(path)).flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path],
  );
  return ["--ro-bind", "/usr", "/usr", ...merged, ...SETTINGS.flatMap((path) => ["--ro-bind-try", path, path])];
}

/** Set inside the namespace: outside, the number of processes counts all of the user's. */
const limitText = ({ memoryMiB, processes }: CellLimits) =>
  `ulimit -c 0 -n 4096 -f 2097152 -d ${memoryMiB * 1024} -u ${processes}; exec nice -n 10 /bin/bash "$@"`;

/**
 * The argv of bubblewrap for one text. Whoever starts it gives it a session of its own; that it makes none itself keeps
 * all of it in one group, which can be ended before the cell is complete and ends with its parent.
 */
export function cellArgv(view: CellView, limits: CellLimits, command: { text: string; isOwn: boolean }): string[] {
  return [
    ...NAMESPACES,
    "--disable-userns",
    "--die-with-parent",
    "--uid",
    "1001",
    "--gid",
    "1001",
    "--cap-drop",
    "ALL",
    "--clearenv",
    ...Object.entries(ENVIRONMENT).flatMap(([name, value]) => ["--setenv", name, value]),
    ...systemMounts(),
    ...GENERATED.flatMap((name) => ["--ro-bind", join(view.etc, name), `/etc/${name}`]),
    "--ro-bind",
    view.node,
    NODE,
    ...view.readOnlyPaths.flatMap((path) => ["--ro-bind", path, path]),
    "--proc",
    "/proc",
    "--dev",
    "/dev",
    "--size",
    TMP_BYTES,
    "--tmpfs",
    "/tmp",
    ...(view.transfer === undefined ? [] : ["--bind", view.transfer, TRANSFER]),
    "--bind",
    view.work,
    WORK,
    "--bind",
    view.home,
    HOME,
    "--chdir",
    WORK,
    "--",
    "/bin/bash",
    "-c",
    limitText(limits),
    "limits",
    command.isOwn ? "-c" : "-lc",
    command.text,
  ];
}
