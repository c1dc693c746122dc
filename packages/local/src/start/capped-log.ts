/** A child's output in a file that cannot grow for ever: 10 MB, and two older ones. */
import { closeSync, existsSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

const MAX_BYTES = 10 * 1024 * 1024;
const OLDER = 2;
const TAIL_CHARS = 2000;

export interface CappedLog {
  write: (chunk: Buffer) => void;
  /** What was written last, for a person who asks why a child died. */
  tail: () => string;
  close: () => void;
}

function rotate(file: string): void {
  for (let at = OLDER; at > 0; at -= 1) {
    const from = at === 1 ? file : `${file}.${at - 1}`;
    if (existsSync(from)) renameSync(from, `${file}.${at}`);
  }
}

const open = (file: string) => openSync(file, "a", 0o600);

/** Writes as it comes: what a child said last is in the file when it dies. */
export function openCappedLog(file: string): CappedLog {
  let handle: number | undefined = open(file);
  let bytes = fstatSync(handle).size;
  let last = "";
  return {
    write: (chunk) => {
      last = (last + chunk.toString()).slice(-TAIL_CHARS);
      if (handle === undefined) return;
      if (bytes + chunk.length > MAX_BYTES) {
        closeSync(handle);
        rotate(file);
        handle = open(file);
        bytes = 0;
      }
      bytes += writeSync(handle, chunk);
    },
    tail: () => last,
    close: () => {
      if (handle !== undefined) closeSync(handle);
      handle = undefined;
    },
  };
}
