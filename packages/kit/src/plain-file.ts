/** Text files that people and agents write; a link is never followed, wherever it stands. */
import { lstat, open, realpath } from "node:fs/promises";
import { join } from "node:path";

/** Cut at whole characters. */
function headOf(bytes: Buffer, maxBytes: number): string {
  const text = bytes.subarray(0, maxBytes).toString("utf8");
  return text.endsWith("\uFFFD") ? text.slice(0, -1) : text;
}

/** Whether a name below a root is a file there, and no link leads anywhere on the way. */
export async function isPlainFile(root: string, name: string): Promise<boolean> {
  const [realRoot, real, facts] = await Promise.all([
    realpath(root),
    realpath(join(root, name)),
    lstat(join(root, name)),
  ]);
  return facts.isFile() && real === join(realRoot, name);
}

async function read(path: string, maxBytes: number): Promise<string | undefined> {
  const file = await open(path, "r");
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(size, maxBytes + 1));
    const { bytesRead } = await file.read(buffer, 0, buffer.length, 0);
    const text = headOf(buffer.subarray(0, bytesRead), maxBytes).trim();
    if (text === "") return undefined;
    return size > maxBytes ? `${text}\n…[cut: ${size - maxBytes} bytes more]` : text;
  } finally {
    await file.close();
  }
}

/** The head of a file below `root`, with a mark where it was cut; undefined when there is none, or only white space. */
export async function readPlainFile(root: string, name: string, maxBytes: number): Promise<string | undefined> {
  try {
    return (await isPlainFile(root, name)) ? await read(join(root, name), maxBytes) : undefined;
  } catch {
    return undefined;
  }
}
