/** The crontab on disk: seen when it changes, believed when it reads the same twice. */
import { constants, watch, type FSWatcher } from "node:fs";
import { open } from "node:fs/promises";
import { basename, dirname } from "node:path";

import type { CrontabReading } from "../core/crontab/reading.ts";

const MAX_BYTES = 256 * 1024;
const SETTLED_MS = 500;

const codeOf = (err: unknown) => (err instanceof Error && "code" in err ? String(err.code) : "unknown");

/** Reads a regular file of bounded size; a link or a pipe is not followed, for the agent may write here. */
export async function readCrontab(path: string): Promise<CrontabReading> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const facts = await file.stat();
      if (!facts.isFile()) return { kind: "unreadable", reason: "it is not a regular file" };
      if (facts.size > MAX_BYTES) return { kind: "unreadable", reason: `it is over ${MAX_BYTES} bytes` };
      const text = new TextDecoder("utf-8", { fatal: true }).decode(await file.readFile());
      return { kind: "text", text };
    } finally {
      await file.close();
    }
  } catch (err) {
    const code = codeOf(err);
    if (code === "ENOENT") return { kind: "missing" };
    const reasons: Record<string, string> = {
      ELOOP: "it is a link",
      ERR_ENCODING_INVALID_ENCODED_DATA: "it is not UTF-8",
    };
    return { kind: "unreadable", reason: reasons[code] ?? `it cannot be read (${code})` };
  }
}

/** Watches the directory, so that a file that is replaced or comes back is seen too; without one the poll must do. */
function watchDirectory(path: string, onChange: () => void): FSWatcher | undefined {
  try {
    const watcher = watch(dirname(path), (_event, name) => {
      if (name === null || name === basename(path)) onChange();
    });
    return watcher.on("error", () => watcher.close());
  } catch {
    return undefined;
  }
}

export function createCrontabFile(path: string, onChange: () => void) {
  let candidate: { reading: CrontabReading; since: number } | undefined;
  const watcher = watchDirectory(path, onChange);
  return {
    /** The file once two reads half a second apart agree; until then, when to look again. */
    read: async (): Promise<{ kind: "settled"; reading: CrontabReading } | { kind: "wait"; ms: number }> => {
      const reading = await readCrontab(path);
      const now = performance.now();
      const isSame = candidate !== undefined && JSON.stringify(candidate.reading) === JSON.stringify(reading);
      if (candidate === undefined || !isSame) candidate = { reading, since: now };
      const waitMs = SETTLED_MS - (now - candidate.since);
      return waitMs > 0 ? { kind: "wait", ms: waitMs } : { kind: "settled", reading };
    },
    close: () => watcher?.close(),
  };
}
