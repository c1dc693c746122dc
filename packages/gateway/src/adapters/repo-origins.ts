/** Where each clone came from, read from its configuration without running git; read again when the file changes. */
import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";

import { originOf, type Origin } from "../core/access/repository.ts";

const MAX_BYTES = 256 * 1024;

interface Known {
  stamp: string;
  origin: Origin | undefined;
}

/** Answers the origin of the clone in a directory; undefined when it has none that can be read. */
export function createRepoOrigins() {
  const known = new Map<string, Known>();

  const read = async (path: string): Promise<Origin | undefined> => {
    const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      const facts = await file.stat();
      if (!facts.isFile() || facts.size > MAX_BYTES) return undefined;
      const stamp = `${facts.ino}:${facts.mtimeMs}:${facts.size}`;
      const cached = known.get(path);
      if (cached?.stamp === stamp) return cached.origin;
      const origin = originOf(await file.readFile("utf8"));
      known.set(path, { stamp, origin });
      return origin;
    } finally {
      await file.close();
    }
  };

  return async (directory: string): Promise<Origin | undefined> => {
    try {
      return await read(join(directory, ".git/config"));
    } catch {
      return undefined;
    }
  };
}
