import { mkdir, realpath } from "node:fs/promises";

import { isWithin } from "../core/paths.ts";

async function real(path: string): Promise<string> {
  await mkdir(path, { recursive: true });
  return realpath(path);
}

/** The roots by their real paths, resolved once, and the way from a configured name to the real one. */
export async function resolveRoots(configured: { workspace: string; repos: string; worktrees: string }) {
  const roots = { repos: await real(configured.repos), worktrees: await real(configured.worktrees) };
  const workspace = await real(configured.workspace);
  const pairs = [
    [configured.repos, roots.repos],
    [configured.worktrees, roots.worktrees],
    [configured.workspace, workspace],
  ] as const;
  const realPath = (path: string) => {
    const pair = pairs.find(([name]) => isWithin(name, path));
    return pair === undefined ? path : `${pair[1]}${path.slice(pair[0].length)}`;
  };
  return { roots, workspace, realPath };
}
