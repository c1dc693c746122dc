import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

const NAME = /^[A-Za-z0-9._-]+$/;

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch {
    return false;
  }
}

/** The names of the repositories that are there. */
export async function listRepositories(root: string): Promise<ReadonlySet<string>> {
  try {
    const names = (await readdir(root)).filter((name) => NAME.test(name));
    const found = await Promise.all(names.map((name) => isDirectory(join(root, name))));
    return new Set(names.filter((_, at) => found[at] === true));
  } catch {
    return new Set();
  }
}
