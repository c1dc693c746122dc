import { mkdtempSync, rmdirSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";

/**
 * A directory that only one call sees, gone when the call is over; its path stays short because sockets live in it.
 * It lies in memory: making it, and removing it empty, costs less than asking another thread to.
 */
export async function withCallDirectory<T>(parent: string, work: (directory: string) => Promise<T>): Promise<T> {
  const directory = mkdtempSync(join(parent, "c-"));
  try {
    return await work(directory);
  } finally {
    if (!isRemoved(directory)) await rm(directory, { recursive: true, force: true });
  }
}

function isRemoved(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}
