/** The pass of a session, as the runner wrote it: where it works when it has no repository. */
import { join } from "node:path";

import { Pass } from "@thor/domain/pass";

import { readProvenFile } from "./opened-directory.ts";

const MAX_PASS_BYTES = 256 * 1024;
const SESSION_ID = /^(?!\.+$)[A-Za-z0-9._-]{1,128}$/;

export async function readPass(directory: string, sessionId: string): Promise<Pass | undefined> {
  if (!SESSION_ID.test(sessionId)) return undefined;
  const file = await readProvenFile(join(directory, `${sessionId}.json`), MAX_PASS_BYTES);
  if (file.kind === "refused") return undefined;
  try {
    return Pass.parse(JSON.parse(file.bytes.toString("utf8")));
  } catch {
    return undefined;
  }
}
