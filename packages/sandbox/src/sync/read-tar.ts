/** A strict reader of the archive that a sandbox sends: everything is judged before anything is believed. */
import { createHash } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";

import { SandboxFailure } from "../pure/failure.ts";
import { MAX_FILE_BYTES, MAX_TOTAL_BYTES } from "../pure/limits.ts";
import { BLOCK, decodeHead, decodePax, memberOf, padding, type Member } from "../pure/tar.ts";
import { fileState, linkState } from "./snapshot.ts";
import type { Wanted } from "./tree.ts";

const MAX_PAX_BYTES = 64 * 1024;
const refuse = (why: string): never => {
  throw new SandboxFailure(`the sandbox sent an archive that is not accepted: ${why}`);
};

/** Takes exact amounts from a stream of chunks. */
function createReader(source: AsyncIterable<Uint8Array>) {
  const chunks = source[Symbol.asyncIterator]();
  let rest: Uint8Array = new Uint8Array();
  const next = async (): Promise<boolean> => {
    const { done, value } = await chunks.next();
    if (done === true) return false;
    rest = value;
    return true;
  };
  /** Hands on pieces until `size` bytes were taken. */
  const pieces = async (size: number, take: (piece: Uint8Array) => Promise<void> | void): Promise<void> => {
    for (let left = size; left > 0;) {
      if (rest.length === 0 && !(await next())) refuse("it ends too early");
      const piece = rest.subarray(0, left);
      rest = rest.subarray(piece.length);
      left -= piece.length;
      await take(piece);
    }
  };
  return {
    pieces,
    exactly: async (size: number): Promise<Uint8Array> => {
      const all = new Uint8Array(size);
      let at = 0;
      await pieces(size, (piece) => {
        all.set(piece, at);
        at += piece.length;
      });
      return all;
    },
    close: () => chunks.return?.(),
  };
}
type Reader = ReturnType<typeof createReader>;

/** Something to put into the worktree: its content lies in a private directory. */
export interface Staged {
  state: string;
  wanted: Wanted;
}

async function stageFile(reader: Reader, member: Extract<Member, { kind: "file" }>, from: string): Promise<Staged> {
  const hash = createHash("sha256");
  const file = await open(from, "wx", 0o600);
  try {
    await reader.pieces(member.size, async (piece) => {
      hash.update(piece);
      await file.writeFile(piece);
    });
  } finally {
    await file.close();
  }
  await reader.exactly(padding(member.size).length);
  const { isExecutable } = member;
  return { state: fileState(isExecutable, hash.digest("hex")), wanted: { kind: "file", from, isExecutable } };
}

async function nextMember(reader: Reader): Promise<Member | "directory" | "end"> {
  const first = decodeHead(await reader.exactly(BLOCK));
  if (first === undefined) return "end";
  if (first.type !== "x") return memberOf(first, new Map()) ?? "directory";
  if (first.size > MAX_PAX_BYTES) refuse("a head that is too long");
  const pax = decodePax(await reader.exactly(first.size));
  await reader.exactly(padding(first.size).length);
  const head = decodeHead(await reader.exactly(BLOCK));
  if (head === undefined || head.type === "x") return refuse("a head without a member");
  return memberOf(head, pax) ?? "directory";
}

/** Reads a whole archive into `directory`; names must be among those that were announced. */
export async function readTar(
  source: AsyncIterable<Uint8Array>,
  given: { announced: ReadonlySet<string>; directory: string },
): Promise<Map<string, Staged>> {
  const reader = createReader(source);
  const staged = new Map<string, Staged>();
  let total = 0;
  try {
    for (;;) {
      const member = await nextMember(reader);
      if (member === "end") return staged;
      if (member === "directory") continue;
      const { path } = member;
      if (!given.announced.has(path)) refuse("a name that was not announced");
      if (staged.has(path)) refuse("a name that comes twice");
      if (member.kind === "link") {
        const { target } = member;
        staged.set(path, { state: linkState(target), wanted: { kind: "link", target } });
        continue;
      }
      total += member.size;
      if (member.size > MAX_FILE_BYTES || total > MAX_TOTAL_BYTES)
        throw new SandboxFailure(`file too large to sync: ${JSON.stringify(path)}`, "ignore it in the sandbox");
      staged.set(path, await stageFile(reader, member, join(given.directory, `staged-${staged.size}`)));
    }
  } finally {
    await reader.close();
  }
}
