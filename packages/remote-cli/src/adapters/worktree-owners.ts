/** Which conversation added which worktree: a file beside the worktree's own records, and a list for each conversation's cell. */
import { mkdir, readdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";

import { OWNER_FILE, type Roots } from "./git-place.ts";

const ANCHOR = /^[A-Za-z0-9._-]{1,128}$/;
const LIST_MODE = 0o640;

const names = (path: string) => readdir(path).catch((): string[] => []);
const text = (path: string) => readFile(path, "utf8").catch(() => "");

/** The conversations' lists as the records beside the worktrees have them. */
async function readRecords({ repos }: Roots): Promise<Map<string, Set<string>>> {
  const lists = new Map<string, Set<string>>();
  for (const repo of await names(repos)) {
    const records = join(repos, repo, ".git", "worktrees");
    for (const id of await names(records)) {
      const anchorId = (await text(join(records, id, OWNER_FILE))).trim();
      const path = dirname((await text(join(records, id, "gitdir"))).trim());
      if (!ANCHOR.test(anchorId) || !path.startsWith("/")) continue;
      lists.set(anchorId, (lists.get(anchorId) ?? new Set()).add(path));
    }
  }
  return lists;
}

export function createWorktreeOwners(roots: Roots, passesDirectory: string) {
  const inTurn = createKeyedMutex();

  const writeList = async (anchorId: string, paths: Iterable<string>) => {
    const directory = join(passesDirectory, anchorId);
    await mkdir(directory, { recursive: true, mode: 0o750 });
    await writeFileAtomic(
      join(directory, "worktrees"),
      [...paths]
        .toSorted()
        .map((path) => `${path}\n`)
        .join(""),
      LIST_MODE,
    );
  };

  const change = (anchorId: string, by: (paths: Set<string>) => void) =>
    inTurn(anchorId, async () => {
      const listed = await text(join(passesDirectory, anchorId, "worktrees"));
      const paths = new Set(listed.split("\n").filter((line) => line !== ""));
      by(paths);
      await writeList(anchorId, paths);
    });

  return {
    own: async (path: string, anchorId: string): Promise<boolean> => {
      const gitDir = /^gitdir: (\S+)\n?$/.exec(await text(join(path, ".git")))?.[1];
      if (gitDir?.startsWith(`${roots.repos}/`) !== true || !ANCHOR.test(anchorId)) return false;
      await writeFileAtomic(join(gitDir, OWNER_FILE), `${anchorId}\n`, LIST_MODE);
      await change(anchorId, (paths) => paths.add(path));
      return true;
    },
    disown: (path: string, anchorId: string) => change(anchorId, (paths) => paths.delete(path)),
    /** At start: the lists follow the records, whatever a crash left. */
    rebuild: async () => {
      const lists = await readRecords(roots);
      for (const name of await names(passesDirectory)) {
        const isListed = lists.has(name) || (await text(join(passesDirectory, name, "worktrees"))) === "";
        if (!isListed) lists.set(name, new Set());
      }
      for (const [anchorId, paths] of lists) await writeList(anchorId, paths);
    },
  };
}
