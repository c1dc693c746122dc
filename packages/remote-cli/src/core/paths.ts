/** Paths as text: nothing here looks at a disk. */

/** The absolute path that `text` names from `cwd`, without `.`, `..` and doubled slashes. */
export function resolvePath(cwd: string, text: string): string {
  const parts: string[] = [];
  for (const part of (text.startsWith("/") ? text : `${cwd}/${text}`).split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

/** Whether `path` is `root` or lies below it; both absolute and normalised. */
export const isWithin = (root: string, path: string) => path === root || path.startsWith(`${root}/`);

/** What leads from `root` to `path`, without a leading slash. */
export const below = (root: string, path: string) => path.slice(root.length + 1);
