/** Files that an agent names beside a post: sent along, or read from a place that is its own. */
import { dirname } from "node:path";

import type { Call } from "../core/call.ts";
import type { OpenedPlace } from "../core/git/place.ts";
import { resolvePath } from "../core/paths.ts";
import { readProvenFile } from "./opened-directory.ts";

const MAX_BYTES = 131_072;
type Read = { kind: "read"; text: string } | { kind: "refused"; why: string };
const refuse = (why: string): Read => ({ kind: "refused", why });

/** Main clones can be read by all, worktrees only by the conversation that added them. */
function isReadable({ located }: OpenedPlace, { caller }: Call): boolean {
  if (located.kind !== "repository" || caller.kind !== "session") return false;
  return located.area === "main" || located.ownerAnchorId === caller.anchorId;
}

export const createReadAttachment =
  (openPlace: (cwd: string) => Promise<OpenedPlace>, realPath: (path: string) => string) =>
  async (call: Call, given: string): Promise<Read> => {
    const sent = call.inlineFiles?.find(({ path }) => path === given);
    if (sent !== undefined) return { kind: "read", text: Buffer.from(sent.dataBase64, "base64").toString("utf8") };
    const path = realPath(resolvePath(call.cwd ?? "/", given));
    if (/(^|\/)\.git(\/|$)/i.test(path)) return refuse("the file lies in a git directory");
    const place = await openPlace(dirname(path));
    try {
      if (!isReadable(place, call)) return refuse("the file is not in a place of this conversation");
      const file = await readProvenFile(path, MAX_BYTES);
      return file.kind === "read" ? { kind: "read", text: file.bytes.toString("utf8") } : file;
    } finally {
      await place.close();
    }
  };
