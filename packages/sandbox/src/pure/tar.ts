/** The heads of a tar archive: what we write, and the little that we accept from a sandbox. */
import { SandboxFailure } from "./failure.ts";
import { safeParts } from "./paths.ts";

export const BLOCK = 512;
const decoder = new TextDecoder("utf-8", { fatal: true });
const encoder = new TextEncoder();

export type Member =
  | { kind: "file"; path: string; size: number; isExecutable: boolean }
  | { kind: "link"; path: string; target: string };

function put(head: Uint8Array, at: number, text: string): void {
  head.set(encoder.encode(text), at);
}
const octal = (value: number, width: number) => `${value.toString(8).padStart(width - 1, "0")}\0`;

function headOf(name: string, facts: { type: string; size: number; mode: number }): Uint8Array {
  const head = new Uint8Array(BLOCK);
  put(head, 0, name);
  put(head, 100, octal(facts.mode, 8));
  put(head, 108, octal(0, 8));
  put(head, 116, octal(0, 8));
  put(head, 124, octal(facts.size, 12));
  put(head, 136, octal(0, 12));
  put(head, 148, "        ");
  put(head, 156, facts.type);
  put(head, 257, "ustar\u000000");
  put(
    head,
    148,
    `${head
      .reduce((sum, byte) => sum + byte, 0)
      .toString(8)
      .padStart(6, "0")}\0 `,
  );
  return head;
}

export const padding = (size: number) => new Uint8Array((BLOCK - (size % BLOCK)) % BLOCK);

function paxRecord(key: string, value: string): string {
  const body = ` ${key}=${value}\n`;
  const bytes = encoder.encode(body).length;
  let length = bytes + String(bytes).length;
  if (bytes + String(length).length !== length) length = bytes + String(length).length;
  return `${length}${body}`;
}

/** The head of one member, its name and target in an extended head, so that no length is special. */
export function encodeMember(member: Member): Uint8Array {
  const records = [
    paxRecord("path", member.path),
    ...(member.kind === "link" ? [paxRecord("linkpath", member.target)] : []),
    ...(member.kind === "file" ? [paxRecord("size", String(member.size))] : []),
  ];
  const pax = encoder.encode(records.join(""));
  const size = member.kind === "file" ? member.size : 0;
  const mode = member.kind === "file" && member.isExecutable ? 0o755 : 0o644;
  const parts = [
    headOf("pax", { type: "x", size: pax.length, mode: 0o644 }),
    pax,
    padding(pax.length),
    headOf("member", { type: member.kind === "file" ? "0" : "2", size, mode }),
  ];
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

export const TAR_END = new Uint8Array(2 * BLOCK);

const refuse = (why: string): never => {
  throw new SandboxFailure(`the sandbox sent an archive that is not accepted: ${why}`);
};

function textAt(head: Uint8Array, at: number, length: number): string {
  const field = head.subarray(at, at + length);
  const end = field.indexOf(0);
  try {
    return decoder.decode(end < 0 ? field : field.subarray(0, end));
  } catch {
    return refuse("a name that is not UTF-8");
  }
}

function numberAt(head: Uint8Array, at: number, length: number): number {
  const text = textAt(head, at, length).trim();
  return /^[0-7]{1,12}$/.test(text) ? Number.parseInt(text, 8) : refuse("a number that is none");
}

export interface TarHead {
  type: string;
  path: string;
  target: string;
  size: number;
  mode: number;
}

/** Reads one head block; undefined for the empty block at the end. */
export function decodeHead(head: Uint8Array): TarHead | undefined {
  if (head.every((byte) => byte === 0)) return undefined;
  const sum = head.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
  if (numberAt(head, 148, 8) !== sum) refuse("a damaged head");
  const prefix = textAt(head, 257, 5) === "ustar" && head[262] === 0 ? textAt(head, 345, 155) : "";
  const name = textAt(head, 0, 100);
  const [size, mode] = [numberAt(head, 124, 12), numberAt(head, 100, 8)];
  const path = prefix === "" ? name : `${prefix}/${name}`;
  return { type: String.fromCodePoint(head[156] ?? 0), path, target: textAt(head, 157, 100), size, mode };
}

const KNOWN = new Set(["path", "linkpath", "size", "mtime", "atime", "ctime", "uid", "gid", "uname", "gname"]);

/** The records of an extended head. */
export function decodePax(bytes: Uint8Array): Map<string, string> {
  const records = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const length = space < 0 ? Number.NaN : Number(textAt(bytes, at, space - at));
    const isSound = Number.isInteger(length) && length > space - at + 1 && at + length <= bytes.length;
    if (!isSound || bytes[at + length - 1] !== 10) refuse("a damaged extended head");
    const record = textAt(bytes, space + 1, length - (space - at) - 2);
    const key = record.split("=", 1)[0] ?? "";
    if (!KNOWN.has(key)) refuse(`an extended head with ${key.slice(0, 40)}`);
    records.set(key, record.slice(key.length + 1));
    at += length;
  }
  return records;
}

/** A head with its extended records as a member; undefined for a directory, which says nothing. */
export function memberOf(head: TarHead, pax: ReadonlyMap<string, string>): Member | undefined {
  const path = pax.get("path") ?? head.path;
  if (head.type === "5") return undefined;
  if (safeParts(path) === undefined) refuse("a path that leads elsewhere");
  const given = pax.get("size");
  const size = given === undefined ? head.size : Number(given);
  if (!Number.isSafeInteger(size) || size < 0) refuse("a number that is none");
  if (head.type === "2" && size === 0) return { kind: "link", path, target: pax.get("linkpath") ?? head.target };
  if (head.type === "0" || head.type === "\0")
    return { kind: "file", path, size, isExecutable: (head.mode & 0o100) !== 0 };
  return refuse(`a member of type ${JSON.stringify(head.type)}`);
}
