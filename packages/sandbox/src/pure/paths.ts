/** Which paths and link targets may cross between a worktree and its sandbox. */
import { MAX_PATH_BYTES } from "./limits.ts";

const isBad = (part: string) => part === "" || part === "." || part === ".." || part.toLowerCase() === ".git";

/** The parts of a relative path, or nothing when it could name anything but a file of the tree. */
export function safeParts(path: string): string[] | undefined {
  if (path.length > MAX_PATH_BYTES || path.includes("\0")) return undefined;
  const parts = path.split("/");
  return parts.some(isBad) ? undefined : parts;
}

/** Whether a link stays inside the tree by its text alone. */
export function isInnerLink(path: string, target: string): boolean {
  if (target === "" || target.startsWith("/") || target.includes("\0") || target.length > MAX_PATH_BYTES) return false;
  const at = path.split("/").slice(0, -1);
  for (const part of target.split("/")) {
    if (part.toLowerCase() === ".git") return false;
    if (part === "" || part === ".") continue;
    if (part !== "..") at.push(part);
    else if (at.pop() === undefined) return false;
  }
  return true;
}
