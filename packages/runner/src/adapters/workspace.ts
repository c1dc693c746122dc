import { realpath, stat } from "node:fs/promises";
import { join, normalize } from "node:path";

/** Whether a directory lies strictly below `<workspace>/repos`, by its text and by its real path. */
export function createDirectoryCheck(workspace: string) {
  const root = join(workspace, "repos");
  return async (directory: string): Promise<boolean> => {
    if (normalize(directory) !== directory || !directory.startsWith(`${root}/`)) return false;
    try {
      const [realRoot, real, facts] = await Promise.all([realpath(root), realpath(directory), stat(directory)]);
      return facts.isDirectory() && real.startsWith(`${realRoot}/`);
    } catch {
      return false;
    }
  };
}
