/** A child's output in a file that cannot grow for ever: 10 MB, and two older ones. */
import { createWriteStream, existsSync, renameSync, statSync, type WriteStream } from "node:fs";

const MAX_BYTES = 10 * 1024 * 1024;
const OLDER = 2;

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

const TAIL_CHARS = 2000;

export function openCappedLog(file: string): CappedLog {
  let bytes = existsSync(file) ? statSync(file).size : 0;
  let stream: WriteStream = createWriteStream(file, { flags: "a", mode: 0o600 });
  let last = "";
  return {
    write: (chunk) => {
      last = (last + chunk.toString()).slice(-TAIL_CHARS);
      bytes += chunk.length;
      if (bytes > MAX_BYTES) {
        stream.end();
        rotate(file);
        stream = createWriteStream(file, { flags: "w", mode: 0o600 });
        bytes = chunk.length;
      }
      stream.write(chunk);
    },
    tail: () => last,
    close: () => stream.end(),
  };
}
