/** A worktree reached through directory handles, one name at a time: no link is ever followed, whoever swaps what. */
import { randomUUID } from "node:crypto";
import { constants } from "node:fs";
import { lstat, mkdir, open, readlink, rename, rm, rmdir, symlink, unlink, type FileHandle } from "node:fs/promises";

import { SandboxFailure } from "../pure/failure.ts";
import { safeParts } from "../pure/paths.ts";

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
const FILE = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
const EXCLUSIVE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

const codeOf = (err: unknown) => (err instanceof Error && "code" in err ? String(err.code) : "");
const at = ({ fd }: FileHandle, name: string) => `/proc/self/fd/${fd}/${name}`;

export type Entry =
  | { kind: "missing" }
  | { kind: "link"; target: string }
  | { kind: "file"; handle: FileHandle; size: number; isExecutable: boolean }
  | { kind: "directory" }
  /** A parent is no directory. */
  | { kind: "blocked" }
  | { kind: "other" };

const cannotSync = (path: string) =>
  new SandboxFailure(`cannot sync ${JSON.stringify(path)}`, "remove it or add it to .gitignore");

function partsOf(path: string): { parents: readonly string[]; name: string } {
  const parts = safeParts(path);
  const name = parts?.at(-1);
  if (parts === undefined || name === undefined) throw cannotSync(path);
  return { parents: parts.slice(0, -1), name };
}

async function openIn(parent: FileHandle, name: string, makes: boolean): Promise<FileHandle | "missing" | "blocked"> {
  for (;;) {
    try {
      return await open(at(parent, name), DIRECTORY);
    } catch (err) {
      if (codeOf(err) !== "ENOENT") return "blocked";
      if (!makes) return "missing";
      await mkdir(at(parent, name), 0o775).catch((fault: unknown) => {
        if (codeOf(fault) !== "EEXIST") throw fault;
      });
    }
  }
}

async function readAt(parent: FileHandle, name: string): Promise<Entry> {
  let handle: FileHandle;
  try {
    handle = await open(at(parent, name), FILE);
  } catch (err) {
    if (codeOf(err) === "ENOENT") return { kind: "missing" };
    if (codeOf(err) !== "ELOOP") return { kind: "other" };
    const facts = await lstat(at(parent, name));
    return facts.isSymbolicLink() ? { kind: "link", target: await readlink(at(parent, name)) } : { kind: "other" };
  }
  const facts = await handle.stat();
  if (facts.isFile()) return { kind: "file", handle, size: facts.size, isExecutable: (facts.mode & 0o100) !== 0 };
  await handle.close();
  return { kind: facts.isDirectory() ? "directory" : "other" };
}

/** What is to stand at a path. */
export type Wanted = { kind: "link"; target: string } | { kind: "file"; from: string; isExecutable: boolean };

async function writeFileAt(path: string, { from, isExecutable }: Extract<Wanted, { kind: "file" }>): Promise<void> {
  const source = await open(from, FILE);
  try {
    const target = await open(path, EXCLUSIVE, 0o600);
    try {
      for await (const chunk of source.createReadStream({ autoClose: false })) await target.writeFile(chunk);
      await target.chmod(isExecutable ? 0o755 : 0o644);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function placeAt(parent: FileHandle, name: string, wanted: Wanted): Promise<void> {
  const temporary = at(parent, `.thor-${randomUUID()}`);
  try {
    if (wanted.kind === "link") await symlink(wanted.target, temporary);
    else await writeFileAt(temporary, wanted);
    await rename(temporary, at(parent, name));
  } catch (err) {
    await rm(temporary, { force: true });
    throw err;
  }
}

async function removeAt(name: string, parents: readonly string[], opened: readonly FileHandle[]): Promise<void> {
  const parent = opened.at(-1);
  if (parent === undefined) return;
  await unlink(at(parent, name));
  for (let depth = parents.length; depth > 0; depth -= 1) {
    const [above, own] = [opened[depth - 1], parents[depth - 1]];
    if (above === undefined || own === undefined) return;
    const isGone = await rmdir(at(above, own)).then(
      () => true,
      () => false,
    );
    if (!isGone) return;
  }
}

/** Opens a worktree for as long as one piece of work takes. */
export async function openTree(root: string) {
  const top = await open(root, DIRECTORY);

  /** Calls back with the handle of the directory that holds a path. */
  async function within<T>(
    path: string,
    makes: boolean,
    work: (parent: FileHandle, name: string, opened: readonly FileHandle[]) => Promise<T>,
  ): Promise<T | "missing" | "blocked"> {
    const { parents, name } = partsOf(path);
    const opened: FileHandle[] = [];
    try {
      for (const part of parents) {
        const next = await openIn(opened.at(-1) ?? top, part, makes);
        if (typeof next === "string") return next;
        opened.push(next);
      }
      return await work(opened.at(-1) ?? top, name, [top, ...opened]);
    } finally {
      await Promise.all(opened.map((handle) => handle.close()));
    }
  }

  return {
    /** What stands at a path now; a file's handle is the caller's to close. */
    read: async (path: string): Promise<Entry> => {
      const entry = await within(path, false, readAt);
      return typeof entry === "string" ? { kind: entry } : entry;
    },
    /** Puts a file or link in the place of a file, a link or nothing; says whether it could. */
    place: async (path: string, wanted: Wanted): Promise<boolean> => {
      try {
        const done = await within(path, true, (parent, name) => placeAt(parent, name, wanted));
        return done !== "blocked";
      } catch (err) {
        if (["EISDIR", "ENOTEMPTY", "EEXIST", "ENOTDIR"].includes(codeOf(err))) return false;
        throw err;
      }
    },
    /** Removes a file or link, and the directories that are empty then. */
    remove: async (path: string): Promise<boolean> => {
      const { parents } = partsOf(path);
      const done = await within(path, false, (_, name, opened) => removeAt(name, parents, opened)).catch(
        (err: unknown) => {
          if (codeOf(err) === "ENOENT") return "missing" as const;
          if (["EISDIR", "EPERM"].includes(codeOf(err))) return "blocked" as const;
          throw err;
        },
      );
      return done !== "blocked";
    },
    cannotSync,
    close: () => top.close(),
  };
}
export type Tree = Awaited<ReturnType<typeof openTree>>;
