/** Which notes a tool call read or wrote: by any path in its arguments that lies in the memory directory. */
import type { ToolPart } from "../opencode/project.ts";

export interface MemoryTouched {
  deed: "read" | "write";
  /** Below the memory directory. */
  path: string;
}

const READS = new Set(["read"]);
const WRITES = new Set(["write", "edit", "multiedit", "multi_edit", "apply_patch"]);
const MAX_NODES = 200;
const PATCHED = /^\*\*\* (?:Add|Update|Delete) File: (.+)$/gm;
/** The directory of all conversations' notes, wherever the workspace lies. */
const MEMORY = /\/memory(?:-private)?\/((?:[^/\0]+\/)*[^/\0]+\.[^/\0]+)$/;

/** All values under a key that names a path, level by level, and the files of a patch. */
function pathsIn(input: Readonly<Record<string, unknown>>): string[] {
  const found: string[] = [];
  const waiting: unknown[] = [input];
  for (let at = 0; at < waiting.length && at < MAX_NODES; at += 1) {
    const node = waiting[at];
    if (typeof node !== "object" || node === null) continue;
    for (const [key, value] of Object.entries(node)) {
      if (typeof value === "object") waiting.push(value);
      if (typeof value !== "string") continue;
      if (/path/i.test(key)) found.push(value);
      if (/patch/i.test(key)) found.push(...[...value.matchAll(PATCHED)].map(([, path = ""]) => path));
    }
  }
  return found;
}

/** What a finished call did to the notes; general READMEs and bare directories do not count. */
export function memoryTouched({ tool, state }: ToolPart): MemoryTouched[] {
  const deed = READS.has(tool) ? "read" : WRITES.has(tool) ? "write" : undefined;
  if (deed === undefined || state.status !== "completed") return [];
  return pathsIn(state.input ?? {}).flatMap((full) => touchedAt(deed, full));
}

function touchedAt(deed: MemoryTouched["deed"], full: string): MemoryTouched[] {
  const path = MEMORY.exec(full)?.[1];
  return path === undefined || (deed === "read" && path.endsWith("README.md")) ? [] : [{ deed, path }];
}

/** A note file that the prompt has shown counts as read. */
export const noteRead = (file: string) => touchedAt("read", file);

const MAX_NAMED = 2;

/** `read channels/C1.md`, or counts when there are many. */
export function memoryText(memory: readonly MemoryTouched[]): string {
  if (memory.length <= MAX_NAMED) return memory.map(({ deed, path }) => `${deed} ${path}`).join(", ");
  const count = (deed: MemoryTouched["deed"]) => memory.filter((touched) => touched.deed === deed).length;
  const counts = [
    ["read", count("read")],
    ["write", count("write")],
  ] as const;
  return counts.flatMap(([deed, n]) => (n === 0 ? [] : [`${deed} x${n}`])).join(", ");
}
