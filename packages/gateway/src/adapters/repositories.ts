/** Which repositories exist below the workspace, by real path; never runs git. */
import { constants, type Stats } from "node:fs";
import { lstat, open, realpath, stat } from "node:fs/promises";
import { join } from "node:path";

import type { RepoCheck } from "../core/routing.ts";

const REPO_NAME = /^[A-Za-z0-9._-]+$/;
const CHANNEL_ID = /^[CGD][A-Z0-9]{2,20}$/;
const MAX_OVERRIDE_BYTES = 200;

const isName = (name: string) => REPO_NAME.test(name) && name !== "." && name !== "..";

const isDirectoryBy =
  (look: (path: string) => Promise<Stats>) =>
  async (path: string): Promise<boolean> => {
    try {
      return (await look(path)).isDirectory();
    } catch {
      return false;
    }
  };
const isDirectory = isDirectoryBy(stat);
const isPlainDirectory = isDirectoryBy(lstat);

/** The text of a small regular file that is no link; undefined when there is none, null when it cannot be used. */
async function readOverride(path: string): Promise<string | undefined | null> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const { size } = await file.stat();
      return size > MAX_OVERRIDE_BYTES ? null : (await file.readFile("utf8")).trim();
    } finally {
      await file.close();
    }
  } catch (err) {
    return err instanceof Error && "code" in err && err.code === "ENOENT" ? undefined : null;
  }
}

export function createRepositories(workspace: string) {
  const root = join(workspace, "repos");

  const check = async (repo: string): Promise<RepoCheck> => {
    if (!isName(repo)) return { kind: "bad", why: "invalid_name" };
    const directory = join(root, repo);
    // A plain directory of the root is inside it; only a link has to be followed.
    if (await isPlainDirectory(directory)) return { kind: "ok", directory };
    if (!(await isDirectory(directory))) return { kind: "bad", why: "not_found" };
    const [realRoot, real] = await Promise.all([realpath(root), realpath(directory)]);
    return real.startsWith(`${realRoot}/`) ? { kind: "ok", directory } : { kind: "bad", why: "outside_root" };
  };

  const overridePath = (channel: string) => join(workspace, "memory/thor/repo-by-slack-channel", `${channel}.txt`);

  /** What the channel's own file asks for, checked. */
  const override = async (channel: string): Promise<{ repo: string; check: RepoCheck } | undefined> => {
    if (!CHANNEL_ID.test(channel)) return undefined;
    const repo = await readOverride(overridePath(channel));
    if (repo === undefined) return undefined;
    return repo === null ? { repo: "", check: { kind: "bad", why: "unreadable" } } : { repo, check: await check(repo) };
  };

  return { check, override, overridePath, isDirectory, directoryOf: (repo: string) => join(root, repo) };
}
