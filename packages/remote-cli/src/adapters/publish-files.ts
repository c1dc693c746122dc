/** Puts files from a private folder below a directory of the agent's: one by one, following no link, replacing nothing. */
import { constants } from "node:fs";
import { copyFile, lstat, mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";

import { below } from "../core/paths.ts";
import { openDirectory, type OpenedDirectory } from "./opened-directory.ts";

const MAX_FILES = 2000;
const MAX_BYTES = 500 * 1024 * 1024;

/** Regular files below `from` by their relative path; anything else there is a reason to stop. */
async function listFiles(from: string): Promise<{ kind: "files"; files: string[] } | { kind: "fault"; fault: string }> {
  const entries = await readdir(from, { recursive: true, withFileTypes: true }).catch(() => []);
  const strange = entries.find((entry) => !entry.isFile() && !entry.isDirectory());
  if (strange !== undefined) return { kind: "fault", fault: `"${strange.name}" is neither file nor directory` };
  const files = entries.flatMap((entry) => (entry.isFile() ? [below(from, join(entry.parentPath, entry.name))] : []));
  if (files.length > MAX_FILES) return { kind: "fault", fault: `there are more than ${MAX_FILES} files` };
  const sizes = await Promise.all(files.map(async (file) => (await lstat(join(from, file))).size));
  const total = sizes.reduce((sum, size) => sum + size, 0);
  return total > MAX_BYTES
    ? { kind: "fault", fault: "the files are larger than 500 MiB together" }
    : { kind: "files", files };
}

/** Opens a directory below `root`, making what is missing; a link on the way ends it. */
async function openBelow(root: string, parts: readonly string[]): Promise<OpenedDirectory | undefined> {
  let at = root;
  let opened = await openDirectory(root);
  for (const part of parts) {
    if (opened === undefined) return undefined;
    await mkdir(join(opened.handlePath, part)).catch(() => undefined);
    at = `${at}/${part}`;
    const next = await openDirectory(at);
    await opened.close();
    opened = next;
  }
  return opened;
}

async function publish(from: string, root: string, path: string): Promise<string | undefined> {
  const parts = path.split("/");
  const name = parts.pop() ?? "";
  const directory = await openBelow(root, parts);
  if (directory === undefined) return `${path}: a link or a file is in the way`;
  try {
    await copyFile(from, join(directory.handlePath, name), constants.COPYFILE_EXCL);
    return undefined;
  } catch {
    return `${path}: something is in the way, and nothing is replaced`;
  } finally {
    await directory.close();
  }
}

/** Why not all files could be put there, or nothing; `target` lies in the real directory `root`. */
export async function publishFiles(
  from: string,
  { root, path }: { root: string; path: string },
): Promise<string | undefined> {
  const listed = await listFiles(from);
  if (listed.kind === "fault") return listed.fault;
  const prefix = path === root ? "" : `${below(root, path)}/`;
  for (const file of listed.files) {
    const fault = await publish(join(from, file), root, `${prefix}${file}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}
