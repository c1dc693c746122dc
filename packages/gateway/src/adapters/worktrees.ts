/** Where branches are checked out: `<root>/<repo>/<branch>`, by real path strictly inside the real root. */
import { realpath, stat } from "node:fs/promises";
import { join } from "node:path";

export function createWorktrees(root: string) {
  return {
    /** The folder of a branch; undefined when there is none, or it leads out of the root. The root itself may be a link. */
    folderOf: async (repo: string, branch: string): Promise<string | undefined> => {
      const path = join(root, repo, branch);
      try {
        const [realRoot, real] = await Promise.all([realpath(root), realpath(path)]);
        const isInside = real.startsWith(`${realRoot}/${repo}/`) && path.startsWith(`${root}/${repo}/`);
        return isInside && (await stat(real)).isDirectory() ? path : undefined;
      } catch {
        return undefined;
      }
    },
  };
}
