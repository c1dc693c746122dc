/** Files that an agent names beside a post: sent along, or read from a place that is its own. */
import { dirname } from "node:path";

import type { Call } from "../core/call.ts";
import type { OpenedPlace } from "../core/git/place.ts";
import { isWithin, resolvePath } from "../core/paths.ts";
import { readProvenFile, type FileBytes } from "./opened-directory.ts";
import { readPass } from "./session-passes.ts";

interface Places {
  openPlace: (cwd: string) => Promise<OpenedPlace>;
  realPath: (path: string) => string;
  workspace: string;
  passesDirectory: string;
}
const refuse = (why: string): FileBytes => ({ kind: "refused", why });
const OUTSIDE = refuse("the file is not in a place of this conversation");

/** Main clones can be read by all, worktrees only by the conversation that added them. */
async function isInRepository({ openPlace }: Places, call: Call, path: string): Promise<boolean> {
  const { caller } = call;
  const place = await openPlace(dirname(path));
  await place.close();
  const { located } = place;
  if (located.kind !== "repository" || caller.kind !== "session") return false;
  return located.area === "main" || located.ownerAnchorId === caller.anchorId;
}

/** The folder of a conversation without a repository, and what operators schedule. */
async function isShared({ workspace, passesDirectory }: Places, { caller }: Call, path: string): Promise<boolean> {
  if (isWithin(`${workspace}/cron`, path)) return true;
  if (!isWithin(`${workspace}/runs`, path) || caller.kind !== "session") return false;
  const pass = await readPass(passesDirectory, caller.sessionId);
  return pass?.anchor === caller.anchorId && isWithin(`${workspace}/runs`, pass.cwd) && isWithin(pass.cwd, path);
}

/** Reads a file that may be shown; a file that only the agent's side can see comes with the call. */
export const createReadAttachment =
  (places: Places) =>
  async (call: Call, given: string, maxBytes: number): Promise<FileBytes> => {
    const sent = call.inlineFiles?.find(({ path }) => path === given);
    if (sent !== undefined) {
      const bytes = Buffer.from(sent.dataBase64, "base64");
      return bytes.length > maxBytes ? refuse(`it is larger than ${maxBytes} bytes`) : { kind: "read", bytes };
    }
    const path = places.realPath(resolvePath(call.cwd ?? "/", given));
    if (/(^|\/)\.git(\/|$)/i.test(path)) return refuse("the file lies in a git directory");
    const isTheirs = (await isShared(places, call, path)) || (await isInRepository(places, call, path));
    return isTheirs ? readProvenFile(path, maxBytes) : OUTSIDE;
  };
