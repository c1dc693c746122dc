/** The text of thor.json as it is on disk, or why there is none to rely on. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";

import { MAX_CONFIG_BYTES } from "./pure/read.ts";

export type FileText = { kind: "text"; text: string } | { kind: "none"; why: string };

const none = (why: string): FileText => ({ kind: "none", why });

function whyNot(err: unknown): string {
  const code = err instanceof Error && "code" in err ? String(err.code) : "unknown fault";
  return code === "ENOENT" ? "is missing" : `cannot be read (${code})`;
}

function decode(bytes: Uint8Array): FileText {
  try {
    return { kind: "text", text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return none("is not UTF-8");
  }
}

/** Reads the file; a pipe, a directory or a huge file in its place neither blocks nor fills the memory. */
export async function readConfigFile(path: string): Promise<FileText> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!(await file.stat()).isFile()) return none("is not a file");
      // One byte more than allowed: the reader of the text says that it is too large.
      const { buffer, bytesRead } = await file.read(new Uint8Array(MAX_CONFIG_BYTES + 1), 0, MAX_CONFIG_BYTES + 1, 0);
      return bytesRead > MAX_CONFIG_BYTES ? none("is larger than 256 kB") : decode(buffer.subarray(0, bytesRead));
    } finally {
      await file.close();
    }
  } catch (err) {
    return none(whyNot(err));
  }
}
