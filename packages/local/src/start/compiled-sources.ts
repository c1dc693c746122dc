/** Compiled sources, made once per version of the sources, so that services start fast and stay small. */
import { existsSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { warmCompileCache } from "@thor/kit/lean-node";

const PACKAGES = join(import.meta.dirname, "../../../");
const PROGRAMS = [
  ...["gateway", "runner", "remote-cli", "admin", "cron"].map((name) => join(PACKAGES, name, "src/main.ts")),
  join(PACKAGES, "ledger/src/writer/worker.ts"),
];
const WITHIN_MS = 20_000;

/** When the newest source file was written, in whole ms. */
function newestSource(): number {
  const files = readdirSync(PACKAGES, { recursive: true, withFileTypes: true }).filter(
    (entry) => entry.isFile() && /\.tsx?$/.test(entry.name) && !entry.parentPath.includes("node_modules"),
  );
  return Math.max(...files.map((file) => Math.floor(statSync(join(file.parentPath, file.name)).mtimeMs)));
}

/** Fills `directory` unless it holds this very version already. */
export async function compileSources(directory: string, signal: AbortSignal): Promise<void> {
  const mark = join(directory, `sources-${newestSource()}`);
  if (existsSync(mark)) return;
  rmSync(directory, { recursive: true, force: true });
  await warmCompileCache({ programs: PROGRAMS, cacheDirectory: directory, timeoutMs: WITHIN_MS, signal });
  if (existsSync(directory) && !signal.aborted) writeFileSync(mark, "");
}
