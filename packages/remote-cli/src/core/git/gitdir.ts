/** Reading the files that tie a worktree to its repository; each must say exactly one thing. */

const POINTER = /^gitdir: (\/[^\n]+)\n?$/;
const WORKTREE_ID = /^[A-Za-z0-9._-]+$/;

/** The id in `.git` of a worktree, when it points into this very repository. */
export function worktreeIdOf(pointer: string, repositoryGitDir: string): string | undefined {
  const target = POINTER.exec(pointer)?.[1];
  const prefix = `${repositoryGitDir}/worktrees/`;
  if (target === undefined || !target.startsWith(prefix)) return undefined;
  const id = target.slice(prefix.length);
  return WORKTREE_ID.test(id) && id !== "." && id !== ".." ? id : undefined;
}

/** Whether the repository's side of the tie names this worktree and its own repository. */
export function isTiedBack(files: { commondir: string; gitdir: string }, worktreeRoot: string): boolean {
  return files.commondir.trimEnd() === "../.." && files.gitdir.trimEnd() === `${worktreeRoot}/.git`;
}

/** The way from `cwd` up to `root`, for git's relative work tree. */
export function upwards(root: string, cwd: string): string {
  const depth = cwd === root ? 0 : cwd.slice(root.length + 1).split("/").length;
  return depth === 0 ? "." : Array.from({ length: depth }, () => "..").join("/");
}
