/** The cell as bubblewrap's arguments: own namespaces, a read-only system, and of Thor's data only what is the conversation's. */
import { existsSync, lstatSync, readlinkSync } from "node:fs";

export interface CellView {
  repos: string;
  worktrees: readonly string[];
  /** Note files, read-only. */
  notes: readonly string[];
  /** Becomes /tmp. */
  tmp: string;
  /** Files and folders that the launchers need, read-only. */
  needed: readonly string[];
  cwd: string;
}

const UNSHARE =
  `--unshare-user --disable-userns --unshare-pid --unshare-ipc --unshare-uts --unshare-cgroup-try --cap-drop ALL
  --new-session --die-with-parent`.split(/\s+/);
const SYSTEM = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"];
const ETC =
  `passwd group hosts resolv.conf nsswitch.conf localtime alternatives ssl ca-certificates ld.so.cache ld.so.conf
  ld.so.conf.d gai.conf mime.types profile bash.bashrc`.split(/\s+/);

function systemMounts(): string[] {
  const system = SYSTEM.filter((path) => existsSync(path)).flatMap((path) =>
    lstatSync(path).isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : ["--ro-bind", path, path],
  );
  return [...system, ...ETC.flatMap((name) => ["--ro-bind-try", `/etc/${name}`, `/etc/${name}`])];
}

/** Arguments that every cell shares, with nothing of Thor's in it. */
export const emptyCell = (): string[] => [...UNSHARE, ...systemMounts(), "--proc", "/proc", "--dev", "/dev"];

/** Arguments for one command; what is not named here does not exist in the cell. */
export function cellArgv(
  { repos, worktrees, notes, tmp, needed, cwd }: CellView,
  command: readonly string[],
): string[] {
  return [
    ...emptyCell(),
    "--bind",
    tmp,
    "/tmp",
    ...needed.flatMap((path) => ["--ro-bind", path, path]),
    "--ro-bind-try",
    repos,
    repos,
    ...worktrees.flatMap((path) => ["--bind-try", path, path]),
    ...notes.flatMap((path) => ["--ro-bind-try", path, path]),
    "--remount-ro",
    "/",
    "--chdir",
    cwd,
    "--",
    ...command,
  ];
}
