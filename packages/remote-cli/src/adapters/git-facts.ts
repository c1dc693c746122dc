/** What a repository is asked or told beside the agent's own command. */
import { lstat, mkdir, mkdtemp, readdir, realpath, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";

import { writeFileAtomic } from "@thor/kit/atomic-file";

import type { RepositoryPlace } from "../core/git/place.ts";
import { readRepoConfig } from "../core/git/repo-config.ts";
import { below, isWithin } from "../core/paths.ts";
import type { RunGit } from "./git-runner.ts";
import { readProvenFile } from "./opened-directory.ts";

const LIMITS = { timeoutMs: 60_000, maxStdoutBytes: 64 * 1024 * 1024, maxStderrBytes: 64 * 1024 };
const GITLINK = /^160000 [0-9a-f]+ \d\t(.+)$/;
const REMOTE_HEAD = /^ref: refs\/remotes\/origin\/(\S+)\n?$/;
const HEAD = /^ref: refs\/heads\/(\S+)\n?$/;
const DIRECTORY_MODE = 0o775;

const exists = async (path: string) => (await lstat(path).catch(() => undefined)) !== undefined;

async function list(git: RunGit, place: RepositoryPlace, argv: readonly string[]): Promise<string[]> {
  const repository = { ...place, workTree: "." };
  const { end, stdout } = await git({ ...LIMITS, argv, cwd: place.root, repository, isRead: true });
  if (end.kind !== "exited" || end.code !== 0) throw new Error("reading the index of a worktree");
  return stdout.toString("utf8").split("\0");
}

/** Finds submodules whose folder is a live repository; for `add` also repositories that are not in the index yet. */
export function createFindNested(git: RunGit) {
  return async (place: RepositoryPlace, isAdd: boolean): Promise<string | undefined> => {
    const index = await list(git, place, ["ls-files", "--stage", "-z"]);
    for (const line of index) {
      const path = GITLINK.exec(line)?.[1];
      if (path !== undefined && (await exists(join(place.root, path, ".git")))) return path;
    }
    if (!isAdd) return undefined;
    const others = await list(git, place, ["ls-files", "--others", "-z"]);
    return others.find((path) => path.endsWith("/"));
  };
}

/** Finds a directory of the index that is a link on disk; some of git's readers would follow it out of the worktree. */
export function createFindLinked(git: RunGit) {
  return async (place: RepositoryPlace): Promise<string | undefined> => {
    const paths = await list(git, place, ["ls-files", "-z"]);
    const directories = new Set(paths.flatMap((path) => parentsOf(path)));
    for (const directory of directories) {
      const facts = await lstat(join(place.root, directory)).catch(() => undefined);
      if (facts?.isSymbolicLink() === true) return directory;
    }
    return undefined;
  };
}

function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, at) => parts.slice(0, at + 1).join("/"));
}

/** The default branch as the clone recorded it. */
export async function recordedDefault({ commonDir }: RepositoryPlace): Promise<string | undefined> {
  const head = await readProvenFile(`${commonDir}/refs/remotes/origin/HEAD`, 4096);
  return head.kind === "read" ? REMOTE_HEAD.exec(head.bytes.toString("utf8"))?.[1] : undefined;
}

/** Writes `branch.<name>.remote` and `.merge`: the only keys that a push may leave behind. */
export async function setUpstream({ commonDir }: RepositoryPlace, branch: string): Promise<boolean> {
  const file = await readProvenFile(`${commonDir}/config`, 64 * 1024);
  if (file.kind === "refused" || /["\\\n]/.test(branch)) return false;
  const text = file.bytes.toString("utf8");
  if (readRepoConfig(text).kind !== "ok") return false;
  if (text.includes(`[branch "${branch}"]`)) return true;
  const section = `[branch "${branch}"]\n\tremote = origin\n\tmerge = refs/heads/${branch}\n`;
  await writeFileAtomic(`${commonDir}/config`, `${text.replace(/\n?$/, "\n")}${section}`, 0o664);
  return true;
}

/** Why a new worktree cannot be made at a path: what is there already, or what leads there. */
export async function inspectNewWorktree(worktreesOfRepo: string, path: string): Promise<string | undefined> {
  if (await exists(path)) return `${path} exists already`;
  const parts = below(worktreesOfRepo, path).split("/").slice(0, -1);
  const parents = [worktreesOfRepo, ...parts.map((_, at) => `${worktreesOfRepo}/${parts.slice(0, at + 1).join("/")}`)];
  for (const parent of parents) {
    const facts = await lstat(parent).catch(() => undefined);
    if (facts === undefined) return undefined;
    if (!facts.isDirectory()) return `${parent} is not a directory`;
    if (await exists(`${parent}/.git`)) return `${parent} is a worktree itself`;
  }
  return undefined;
}

/** What stands where a clone would go: the address it came from, or that it is something else. */
export async function existingClone(path: string): Promise<string | undefined> {
  if (!(await exists(path))) return undefined;
  const file = await readProvenFile(`${path}/.git/config`, 64 * 1024);
  const config = file.kind === "read" ? readRepoConfig(file.bytes.toString("utf8")) : undefined;
  return config?.kind === "ok" ? (config.originUrls[0] ?? "nowhere") : "something that is no clone";
}

export async function makeParents(path: string): Promise<string> {
  const parent = dirname(path);
  await mkdir(parent, { recursive: true, mode: DIRECTORY_MODE });
  if ((await realpath(parent)) !== parent) throw new Error("a link leads to the folder of a new worktree");
  return parent;
}

/** Folders for clones that are not complete yet; leftovers of a crash are removed at the start. */
export function createCloneDirectories(repos: string) {
  const prefix = join(repos, ".clone-");
  return {
    make: () => mkdtemp(prefix),
    move: async (from: string, to: string): Promise<boolean> => {
      if (!isWithin(repos, to) || (await exists(to))) return false;
      await rename(from, to);
      return true;
    },
    discard: (path: string) => rm(path, { recursive: true, force: true }),
    discardLeftovers: async () => {
      const names = await readdir(repos);
      const left = names.filter((name) => name.startsWith(".clone-"));
      await Promise.all(left.map((name) => rm(join(repos, name), { recursive: true, force: true })));
    },
  };
}

const LOCKS = ["index.lock", "HEAD.lock", "config.lock", "packed-refs.lock", "shallow.lock"];

/** Remembers which lock files are there, so that those of a killed writer can be told apart and removed. */
export async function lockFiles({ gitDir, commonDir }: RepositoryPlace) {
  const paths = [...new Set([gitDir, commonDir])].flatMap((directory) => LOCKS.map((name) => join(directory, name)));
  const before = new Set<string>();
  for (const path of paths) if (await exists(path)) before.add(path);
  const removeNew = async () => {
    await Promise.all(paths.filter((path) => !before.has(path)).map((path) => rm(path, { force: true })));
  };
  return { removeNew };
}

/** The branch that is checked out in a place; nothing when HEAD is detached. */
export async function headBranch({ gitDir }: RepositoryPlace): Promise<string | undefined> {
  const read = await readProvenFile(join(gitDir, "HEAD"), 4096);
  return read.kind === "read" ? HEAD.exec(new TextDecoder().decode(read.bytes))?.[1] : undefined;
}
