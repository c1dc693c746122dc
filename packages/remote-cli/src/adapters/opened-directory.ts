/** Opens what the agent named once, without following links, and proves that it is what the name said. */
import { constants } from "node:fs";
import { open, readlink, realpath, stat, type FileHandle } from "node:fs/promises";

export interface OpenedDirectory {
  handlePath: string;
  close: () => Promise<void>;
}

const HAS_PROC = process.platform === "linux";

/** What the kernel says the descriptor is; where it cannot say, the name is resolved and must be the same inode. */
async function pathOf(handle: FileHandle, asked: string): Promise<string | undefined> {
  if (HAS_PROC) return readlink(`/proc/self/fd/${handle.fd}`);
  const real = await realpath(asked);
  const [named, opened] = await Promise.all([stat(real), handle.stat()]);
  return named.ino === opened.ino && named.dev === opened.dev ? real : undefined;
}

async function openProven(path: string, flags: number): Promise<FileHandle | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, flags | constants.O_NOFOLLOW);
  } catch {
    return undefined;
  }
  if ((await pathOf(handle, path).catch(() => undefined)) === path) return handle;
  await handle.close();
  return undefined;
}

/** Opens a directory that must have exactly this real path. */
export async function openDirectory(path: string): Promise<OpenedDirectory | undefined> {
  const handle = await openProven(path, constants.O_RDONLY | constants.O_DIRECTORY);
  if (handle === undefined) return undefined;
  // Named by process, because programs are started by another one.
  return { handlePath: HAS_PROC ? `/proc/${process.pid}/fd/${handle.fd}` : path, close: () => handle.close() };
}

export type FileBytes = { kind: "read"; bytes: Buffer<ArrayBuffer> } | { kind: "refused"; why: string };

/** Reads a regular file that must have exactly this real path, up to a size. */
export async function readProvenFile(path: string, maxBytes: number): Promise<FileBytes> {
  const handle = await openProven(path, constants.O_RDONLY | constants.O_NONBLOCK);
  if (handle === undefined) return { kind: "refused", why: "it cannot be opened, or a link leads to it" };
  try {
    const facts = await handle.stat();
    if (!facts.isFile()) return { kind: "refused", why: "it is not a regular file" };
    if (facts.size > maxBytes) return { kind: "refused", why: `it is larger than ${maxBytes} bytes` };
    return { kind: "read", bytes: await handle.readFile() };
  } finally {
    await handle.close();
  }
}
