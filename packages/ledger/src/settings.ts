/** Where the database is, whether that place is safe, and how every connection to it is set. */
import { closeSync, existsSync, mkdirSync, openSync, statfsSync, statSync } from "node:fs";
import { dirname, isAbsolute } from "node:path";
import { DatabaseSync } from "node:sqlite";

export type LedgerPlace = { kind: "file"; path: string } | { kind: "refused"; error: string };

/** Reads DATABASE_URL: `sqlite:<absolute path>`. */
export function parseLedgerUrl(url: string): LedgerPlace {
  if (/^postgres(ql)?:\/\//.test(url)) return { kind: "refused", error: "ledger_engine_unavailable" };
  const path = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : "";
  return isAbsolute(path) && !path.includes("\0")
    ? { kind: "file", path }
    : { kind: "refused", error: "ledger_url_invalid" };
}

// statfs(2) numbers of file systems whose locks or shared memory SQLite's WAL cannot trust.
const UNSAFE = new Set([0x6969, 0xff534d42, 0xfe534d42, 0x517b, 0x01021997]);

/** Whether a file system of this type keeps the promises that WAL needs. */
export const isSafeFileSystem = (type: number) => !UNSAFE.has(type);

/** Makes the directory (0700) and the file (0600) when absent; answers why the place cannot be used. */
export function preparePlace(path: string): { kind: "ready" } | { kind: "refused"; error: string } {
  const directory = dirname(path);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (!isSafeFileSystem(statfsSync(directory).type)) return { kind: "refused", error: "ledger_filesystem_unsafe" };
  if (!existsSync(path)) closeSync(openSync(path, "a", 0o600));
  return { kind: "ready" };
}

const PRAGMAS = [
  ["busy_timeout", "5000", 5000],
  ["journal_mode", "WAL", "wal"],
  ["synchronous", "FULL", 2],
  ["foreign_keys", "ON", 1],
  ["secure_delete", "ON", 1],
  ["cache_size", "-2048", -2048],
  ["mmap_size", "0", 0],
  ["wal_autocheckpoint", "4000", 4000],
  ["temp_store", "MEMORY", 2],
] as const;

function setPragmas(database: DatabaseSync): void {
  for (const [pragma, value, expected] of PRAGMAS) {
    database.exec(`pragma ${pragma} = ${value}`);
    const [seen] = Object.values(database.prepare(`pragma ${pragma}`).get() ?? {});
    if (seen !== expected) throw new Error(`ledger_pragma_refused: ${pragma} is ${String(seen)}, not ${expected}`);
  }
}

export type Access = "write" | "read";

/** Opens one connection with every pragma set and read back. */
export function openDatabase(path: string, access: Access): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: access === "read" });
  try {
    setPragmas(database);
    return database;
  } catch (err) {
    database.close();
    throw err;
  }
}

/** Bytes of a file; none for one that is not there. */
export const fileSize = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;
