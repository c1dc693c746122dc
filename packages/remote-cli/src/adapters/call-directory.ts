import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";

/** A directory that only one call sees, gone when the call is over; its path stays short because sockets live in it. */
export async function withCallDirectory<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = await mkdtemp(join(parent, "c-"));
  try {
    return await work(directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
