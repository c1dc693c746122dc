/** Replaces thor.json as a whole: readers, and a crash, see the old text or the new one and nothing between. */
import { realpath, stat } from "node:fs/promises";

import { writeFileAtomic } from "@thor/kit/atomic-file";
import { sha256Hex } from "@thor/kit/derived-key";
import { createKeyedMutex } from "@thor/kit/flow/keyed-mutex";

import { readConfigFile } from "./config-file.ts";
import { readWorkspaceConfig, type Issue } from "./pure/read.ts";

export type Written =
  | { kind: "written"; version: string }
  /** The file says something else than what the writer started from; nothing was changed. */
  | { kind: "conflict"; version: string | undefined }
  | { kind: "invalid"; issues: Issue[] };

interface ConfigEdit {
  path: string;
  text: string;
  /** First 12 hex digits of the SHA-256 of the text that was edited; undefined for a file that is to be made. */
  baseVersion: string | undefined;
}

const DEFAULT_MODE = 0o600;
const versionOf = (text: string) => sha256Hex(text).slice(0, 12);
const inOrder = createKeyedMutex();

/** Behind a link the target is replaced, so that the link stays. */
async function targetOf(path: string) {
  const target = await realpath(path).catch(() => path);
  const mode = await stat(target).then(
    ({ mode: bits }) => bits & 0o777,
    () => DEFAULT_MODE,
  );
  return { target, mode };
}

/** Writes a valid text exactly as typed, unless somebody else was faster. */
export const writeWorkspaceConfig = ({ path, text, baseVersion }: ConfigEdit): Promise<Written> =>
  inOrder(path, async () => {
    const read = readWorkspaceConfig(text);
    if (read.kind !== "valid") return { kind: "invalid", issues: read.issues };
    const now = await readConfigFile(path);
    const version = now.kind === "text" ? versionOf(now.text) : undefined;
    if (version !== baseVersion) return { kind: "conflict", version };
    const { target, mode } = await targetOf(path);
    await writeFileAtomic(target, text, mode);
    return { kind: "written", version: versionOf(text) };
  });
