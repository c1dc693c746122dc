/** What a worktree holds beyond its commit: read once, through handles, into one archive and one digest. */
import { createHash } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";

import { SandboxFailure } from "../pure/failure.ts";
import { MAX_FILE_BYTES, MAX_PATHS, MAX_TOTAL_BYTES } from "../pure/limits.ts";
import { parseStatus, STATUS, topCounts, type Changed } from "../pure/status.ts";
import { encodeMember, padding, TAR_END } from "../pure/tar.ts";
import { gitText, type Worktree } from "./host-git.ts";
import { openTree, type Entry, type Tree } from "./tree.ts";

/** A path's state in words that are equal when the states are. */
type State = string;
export const DELETED: State = "deleted";
export const fileState = (isExecutable: boolean, hash: string): State => `file ${isExecutable ? "x" : "-"} ${hash}`;
export const linkState = (target: string): State => `link ${target}`;

export interface Snapshot {
  head: string;
  /** Changed paths and their states. */
  states: ReadonlyMap<string, State>;
  digest: string;
}

const CHUNK = 256 * 1024;
const changedMeanwhile = (path: string) =>
  new SandboxFailure(`cannot sync ${JSON.stringify(path)}: it changes while it is read`, "run again");

/** Reads exactly `size` bytes of an opened file, or fails. */
async function copy(from: FileHandle, size: number, take: (chunk: Uint8Array) => Promise<void>): Promise<boolean> {
  const buffer = Buffer.alloc(Math.min(CHUNK, size + 1));
  let done = 0;
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, buffer.length, done);
    if (bytesRead === 0) return done === size;
    done += bytesRead;
    if (done > size) return false;
    await take(buffer.subarray(0, bytesRead));
  }
}

/** A path's state now, without keeping its content; undefined: it is nothing that could be synced. */
export async function stateAt(tree: Tree, path: string): Promise<State | undefined> {
  const entry = await tree.read(path);
  if (entry.kind === "missing" || entry.kind === "blocked" || entry.kind === "directory") return DELETED;
  if (entry.kind === "link") return linkState(entry.target);
  if (entry.kind !== "file") return undefined;
  try {
    const hash = createHash("sha256");
    const isWhole = await copy(entry.handle, entry.size, async (chunk) => void hash.update(chunk));
    return isWhole ? fileState(entry.isExecutable, hash.digest("hex")) : undefined;
  } finally {
    await entry.handle.close();
  }
}

type File = Extract<Entry, { kind: "file" }>;

async function addFile(archive: FileHandle, path: string, { handle, size, isExecutable }: File): Promise<State> {
  await archive.writeFile(encodeMember({ kind: "file", path, size, isExecutable }));
  const hash = createHash("sha256");
  const isWhole = await copy(handle, size, async (chunk) => {
    hash.update(chunk);
    await archive.writeFile(chunk);
  });
  if (!isWhole) throw changedMeanwhile(path);
  await archive.writeFile(padding(size));
  return fileState(isExecutable, hash.digest("hex"));
}

/** A path whose parent became something else is gone, when that parent is a change of its own. */
const isBelowChange = (path: string, changed: ReadonlySet<string>) =>
  path.split("/").some((_, at, parts) => at > 0 && changed.has(parts.slice(0, at).join("/")));

function createPacker(tree: Tree, archive: FileHandle, changed: ReadonlySet<string>) {
  let total = 0;
  const pack = async (path: string, entry: File): Promise<State> => {
    try {
      return await addFile(archive, path, admit(path, entry));
    } finally {
      await entry.handle.close();
    }
  };
  const admit = (path: string, entry: File): File => {
    total += entry.size;
    if (entry.size > MAX_FILE_BYTES || total > MAX_TOTAL_BYTES)
      throw new SandboxFailure(
        `file too large to sync: ${JSON.stringify(path)}`,
        "commit, ignore, or fetch it inside the sandbox",
      );
    return entry;
  };
  return async ({ path, isNew }: Changed): Promise<State> => {
    const entry = await tree.read(path);
    switch (entry.kind) {
      case "missing":
        return DELETED;
      case "link":
        await archive.writeFile(encodeMember({ kind: "link", path, target: entry.target }));
        return linkState(entry.target);
      case "file":
        return pack(path, entry);
      case "directory":
      case "blocked":
        if (!isNew && (entry.kind === "directory" || isBelowChange(path, changed))) return DELETED;
        throw tree.cannotSync(path);
      case "other":
        throw tree.cannotSync(path);
    }
  };
}

/** The paths that differ from the commit. */
export async function changedPaths(worktree: Worktree): Promise<Changed[]> {
  const changed = parseStatus(await gitText(worktree, STATUS));
  if (changed === undefined) throw new Error("git status answered something else");
  return changed;
}

export async function headOf({ git }: Worktree): Promise<string> {
  const { code, stdout } = await git(["rev-parse", "--verify", "-q", "HEAD^{commit}"]);
  const head = new TextDecoder().decode(stdout).trim();
  if (code === 0 && /^[0-9a-f]{40,64}$/.test(head)) return head;
  throw new SandboxFailure("there is no commit to start from", "commit first");
}

function digestOf(head: string, states: ReadonlyMap<string, State>): string {
  const hash = createHash("sha256").update(`${head}\0`);
  for (const [path, state] of [...states].toSorted(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${path}\0${state}\0`);
  return hash.digest("hex");
}

/** Reads the worktree; the archive of its changes is written to a new file. */
export async function takeSnapshot(worktree: Worktree, archivePath: string): Promise<Snapshot> {
  const [head, changed] = await Promise.all([headOf(worktree), changedPaths(worktree)]);
  if (changed.length > MAX_PATHS)
    throw new SandboxFailure(
      `too many changes to sync: ${changed.length} paths (${topCounts(changed.map(({ path }) => path))})`,
      "commit or ignore them",
    );
  const tree = await openTree(worktree.root);
  const archive = await open(archivePath, "wx", 0o600);
  try {
    const pack = createPacker(tree, archive, new Set(changed.map(({ path }) => path)));
    const states = new Map<string, State>();
    for (const one of changed) states.set(one.path, await pack(one));
    await archive.writeFile(TAR_END);
    return { head, states, digest: digestOf(head, states) };
  } finally {
    await Promise.all([archive.close(), tree.close()]);
  }
}
