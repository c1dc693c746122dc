/** Reads the pass of a session: the file that says what one session may see. No pass, no work. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import type { Pass } from "@thor/domain/pass";

const SESSION_ID = /^[A-Za-z0-9._-]{1,128}$/;

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

function isPass(value: unknown): value is Pass {
  if (!isRecord(value)) return false;
  const { session, anchor, token, cwd, worktreesFile, expiresAt, memory = [] } = value;
  if (!Array.isArray(memory)) return false;
  const texts: unknown[] = [session, anchor, token, cwd, worktreesFile, ...memory];
  return texts.every((text) => typeof text === "string" && text !== "") && typeof expiresAt === "number";
}

/** The pass, when it is there, whole, not expired and this session's. */
export function readPass(directory: string, sessionId: string, now: number): Pass | undefined {
  if (!SESSION_ID.test(sessionId) || /^\.+$/.test(sessionId)) return undefined;
  try {
    const pass: unknown = JSON.parse(readFileSync(join(directory, `${sessionId}.json`), "utf8"));
    const isGood = isPass(pass) && pass.session === sessionId && SESSION_ID.test(pass.anchor) && pass.expiresAt > now;
    return isGood ? pass : undefined;
  } catch {
    return undefined;
  }
}

/** The worktrees that the conversation added, as remote-cli lists them. */
export function readWorktrees({ worktreesFile }: Pick<Pass, "worktreesFile">): string[] {
  try {
    return readFileSync(worktreesFile, "utf8")
      .split("\n")
      .filter((line) => line.startsWith("/"));
  } catch {
    return [];
  }
}
