/** What an agent posts beside its words: all of it is read before Slack hears of any. */
import type { Call } from "../core/call.ts";
import type { Denial } from "../core/denial.ts";
import { valuesOf, type Command } from "../core/grammar/spec.ts";
import { readBlocks, type Blocks } from "../core/slack-post/blocks.ts";

type Read = { kind: "read"; bytes: Uint8Array<ArrayBuffer> } | { kind: "refused"; why: string };
export type ReadFile = (call: Call, path: string, maxBytes: number) => Promise<Read>;
export interface PostFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
}

const MAX_BLOCKS_BYTES = 131_072;
const MAX_FILES = 10;
const MAX_FILES_BYTES = 52_428_800;

const refuse = (reason: string) => ({ kind: "denied" as const, denial: { rule: "slack.files", reason } });

/** The blocks of a post, with their text for the search for credentials. */
export async function blocksOf(
  readFile: ReadFile,
  call: Call,
  command: Command,
): Promise<(Blocks & { text: string }) | undefined> {
  const [path] = valuesOf(command, "--blocks-file");
  if (path === undefined) return undefined;
  const file = await readFile(call, path, MAX_BLOCKS_BYTES);
  if (file.kind === "refused") return { kind: "refused", reason: file.why, text: "" };
  const text = new TextDecoder().decode(file.bytes);
  return { text, ...readBlocks(text) };
}

/** The files of a post. */
export async function filesOf(
  readFile: ReadFile,
  call: Call,
  command: Command,
): Promise<{ kind: "files"; files: PostFile[] } | { kind: "denied"; denial: Denial }> {
  const paths = valuesOf(command, "--file");
  if (paths.length > MAX_FILES) return refuse(`at most ${MAX_FILES} files go with a post`);
  const files: PostFile[] = [];
  let left = MAX_FILES_BYTES;
  for (const path of paths) {
    const file = await readFile(call, path, left);
    if (file.kind === "refused") return refuse(`${path} cannot be posted: ${file.why}`);
    left -= file.bytes.length;
    files.push({ name: path.split("/").at(-1) ?? "file", bytes: file.bytes });
  }
  return { kind: "files", files };
}
