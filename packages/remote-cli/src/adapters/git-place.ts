/** Finds the repository of a directory and refuses every tie that Thor did not make itself. */
import { lstat } from "node:fs/promises";

import { isTiedBack, worktreeIdOf } from "../core/git/gitdir.ts";
import type { Located, OpenedPlace, RepositoryPlace } from "../core/git/place.ts";
import { readRepoConfig } from "../core/git/repo-config.ts";
import { below, isWithin, resolvePath } from "../core/paths.ts";
import { openDirectory, readProvenFile } from "./opened-directory.ts";

const MAX_POINTER = 4096;
const MAX_CONFIG = 64 * 1024;
export const OWNER_FILE = "thor-anchor";

export interface Roots {
  repos: string;
  worktrees: string;
}

async function kindAt(path: string): Promise<"none" | "file" | "directory" | "other"> {
  const facts = await lstat(path).catch(() => undefined);
  if (facts === undefined) return "none";
  if (facts.isFile()) return "file";
  return facts.isDirectory() ? "directory" : "other";
}

async function textOf(path: string, maxBytes = MAX_POINTER): Promise<string | undefined> {
  const file = await readProvenFile(path, maxBytes);
  return file.kind === "read" ? file.bytes.toString("utf8") : undefined;
}

const uncontrolled = (why: string): Located => ({ kind: "uncontrolled", why });

/** The directories from `cwd` up to and including `top`. */
function upTo(top: string, cwd: string): string[] {
  const parts = cwd === top ? [] : below(top, cwd).split("/");
  return [top, ...parts.map((_, at) => `${top}/${parts.slice(0, at + 1).join("/")}`)].toReversed();
}

async function readConfig(commonDir: string) {
  const text = await textOf(`${commonDir}/config`, MAX_CONFIG);
  return text === undefined ? ({ kind: "unreadable", line: 0 } as const) : readRepoConfig(text);
}

async function locateMain(repos: string, cwd: string): Promise<Located> {
  const repo = below(repos, cwd).split("/")[0] ?? "";
  const root = `${repos}/${repo}`;
  for (const directory of upTo(root, cwd).slice(0, -1)) {
    if ((await kindAt(`${directory}/.git`)) !== "none") return uncontrolled("a repository lies inside the clone");
  }
  const gitDir = `${root}/.git`;
  if ((await kindAt(gitDir)) !== "directory") return uncontrolled("the main clone has no git directory");
  return {
    kind: "repository",
    area: "main",
    repo,
    root,
    cwd,
    gitDir,
    commonDir: gitDir,
    config: await readConfig(gitDir),
  };
}

async function readWorktree(facts: { root: string; cwd: string; repo: string; commonDir: string }): Promise<Located> {
  const { root, cwd, repo, commonDir } = facts;
  const pointer = await textOf(`${root}/.git`);
  const id = pointer === undefined ? undefined : worktreeIdOf(pointer, commonDir);
  if (id === undefined) return uncontrolled("its .git does not name a worktree of this repository");
  const gitDir = `${commonDir}/worktrees/${id}`;
  const [commondir, gitdir, owner] = await Promise.all(
    ["commondir", "gitdir", OWNER_FILE].map((name) => textOf(`${gitDir}/${name}`)),
  );
  if (commondir === undefined || gitdir === undefined || !isTiedBack({ commondir, gitdir }, root))
    return uncontrolled("the repository does not know this worktree");
  const place: RepositoryPlace = {
    kind: "repository",
    area: "worktree",
    repo,
    root,
    cwd,
    gitDir,
    commonDir,
    config: await readConfig(commonDir),
    ownerAnchorId: owner?.trim(),
  };
  return place;
}

async function locateWorktree(roots: Roots, cwd: string): Promise<Located> {
  const repo = below(roots.worktrees, cwd).split("/")[0] ?? "";
  const top = `${roots.worktrees}/${repo}`;
  const line = upTo(top, cwd);
  const kinds = await Promise.all(line.map((directory) => kindAt(`${directory}/.git`)));
  const at = kinds.findIndex((kind) => kind !== "none");
  const root = line[at];
  if (root === undefined) return uncontrolled("there is no worktree here");
  if (kinds[at] !== "file") return uncontrolled("its .git is not the file that git worktree add writes");
  if (kinds.slice(at + 1).some((kind) => kind !== "none")) return uncontrolled("it lies inside another worktree");
  return readWorktree({ root, cwd, repo, commonDir: `${roots.repos}/${repo}/.git` });
}

function locate(roots: Roots, cwd: string): Promise<Located> | Located {
  if (cwd === roots.repos || cwd === roots.worktrees) return { kind: "roots", cwd };
  if (isWithin(roots.repos, cwd)) return locateMain(roots.repos, cwd);
  return isWithin(roots.worktrees, cwd) ? locateWorktree(roots, cwd) : { kind: "outside" };
}

const nothing = () => Promise.resolve();

/** Opens a working directory; both roots are real paths, and `alias` maps a root's configured name onto its real one. */
export const createOpenPlace =
  (roots: Roots, alias: (path: string) => string) =>
  async (asked: string): Promise<OpenedPlace> => {
    const cwd = alias(resolvePath("/", asked));
    const isInside = isWithin(roots.repos, cwd) || isWithin(roots.worktrees, cwd);
    const directory = asked.startsWith("/") && isInside ? await openDirectory(cwd) : undefined;
    if (directory === undefined) return { located: { kind: "outside" }, handlePath: "/", close: nothing };
    const isInGit = /\/\.git(\/|$)/i.test(cwd);
    const located = isInGit ? uncontrolled("this is a git directory") : await locate(roots, cwd);
    return { located, ...directory };
  };
