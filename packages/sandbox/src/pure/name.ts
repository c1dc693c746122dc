/** A sandbox's name, from the path of its worktree. */
const MAX = 63;
const HASH = 7;

/** `[a-z0-9-]`, at most 63 characters; shortened or on request with the beginning of the root's hash at its end. */
export function sandboxName(root: string, worktrees: string, given: { hash: string; isHashed: boolean }): string {
  const path = root.startsWith(`${worktrees}/`) ? root.slice(worktrees.length + 1) : root;
  const slug = path
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  const name = `thor-${slug}`;
  if (name.length <= MAX && !given.isHashed) return name;
  return `${name.slice(0, MAX - HASH - 1).replace(/-+$/, "")}-${given.hash.slice(0, HASH)}`;
}
