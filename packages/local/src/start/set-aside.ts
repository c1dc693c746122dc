/** `--fresh`: the present data moves aside, after whoever still works on it is gone. */
import { existsSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";

import { layoutOf } from "./layout.ts";
import { type Lock, takeLock } from "./lock.ts";

/** Moves the data aside, keeping only this one old copy; a start that runs on it is left alone and named. */
export function setAside(dataDir: string, stamp: string): { kind: "done" } | { kind: "running"; lock: Lock } {
  if (!existsSync(dataDir)) return { kind: "done" };
  const { lockFile } = layoutOf(dataDir);
  const taken = existsSync(lockFile) ? takeLock(lockFile) : undefined;
  if (taken?.kind === "running") return taken;
  taken?.release();
  const [parent, prefix] = [dirname(dataDir), `${dataDir}.old-`];
  for (const name of readdirSync(parent)) {
    const path = join(parent, name);
    if (path.startsWith(prefix)) rmSync(path, { recursive: true, force: true });
  }
  renameSync(dataDir, `${prefix}${stamp}`);
  return { kind: "done" };
}
