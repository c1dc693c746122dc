/** Which directories a scheduled prompt may work in: those strictly below the workspace's repositories, by real path. */
import { realpath, stat } from "node:fs/promises";
import { isAbsolute, join, relative, sep } from "node:path";

export interface CronPlace {
  repo: string;
  directory: string;
}

export const createCronDirectory =
  (workspace: string) =>
  async (asked: string): Promise<CronPlace | undefined> => {
    if (!isAbsolute(asked)) return undefined;
    const root = join(workspace, "repos");
    try {
      const [realRoot, real] = await Promise.all([realpath(root), realpath(asked)]);
      const inside = relative(realRoot, real);
      const [repo = ""] = inside.split(sep);
      if (repo === "" || repo === ".." || isAbsolute(inside)) return undefined;
      return (await stat(real)).isDirectory() ? { repo, directory: join(root, inside) } : undefined;
    } catch {
      return undefined;
    }
  };
