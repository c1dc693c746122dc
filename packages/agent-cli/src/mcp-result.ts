/** What a tool of an upstream said: shown when it is short, otherwise kept in new files that only this side has. */
import { randomUUID } from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

const MAX_SHOWN_BYTES = 64 * 1024;
const PREVIEW_CHARS = 2048;
const MODE = 0o600;

export interface McpArguments {
  /** What remote-cli is asked; where the result goes is not its concern. */
  args: string[];
  out: string | undefined;
  /** `mcp-<upstream>-<tool>`: the beginning of a file's name. */
  label: string;
}

/** Takes `--out <path>` out of the arguments. */
export function mcpArguments(args: readonly string[]): McpArguments {
  const at = args.indexOf("--out");
  const out = at < 0 ? undefined : args[at + 1];
  const rest = args.filter((_word, index) => at < 0 || (index !== at && index !== at + 1));
  const words = rest.filter((word) => /^[A-Za-z0-9_.-]+$/.test(word) && !word.startsWith("-"));
  return { args: rest, out, label: ["mcp", ...words.slice(0, 2)].join("-") };
}

/** Creates a file that was not there, readable by its owner only. */
function keep(name: string, bytes: string | Buffer): string {
  const path = join(tmpdir(), name);
  const file = openSync(path, "wx", MODE);
  try {
    writeFileSync(file, bytes);
  } finally {
    closeSync(file);
  }
  return path;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const unique = () => randomUUID().slice(0, 8);
const extensionOf = (mime: string) => /^[a-z]+\/([a-z0-9]+)/.exec(mime)?.[1] ?? "bin";

/** Puts the data of a binary part into a file and names it in its place. */
function unpacked(part: unknown, label: string): unknown {
  if (!isRecord(part)) return part;
  const holder = isRecord(part["resource"]) ? part["resource"] : part;
  const key = "blob" in holder ? "blob" : "data";
  const data = holder[key];
  if (typeof data !== "string") return part;
  const mime = typeof holder["mimeType"] === "string" ? holder["mimeType"] : "application/octet-stream";
  const bytes = Buffer.from(data, "base64");
  const path = keep(`${label}-${unique()}.${extensionOf(mime)}`, bytes);
  const named = { ...holder, [key]: `[${mime}, ${bytes.length} bytes → ${path}]` };
  return holder === part ? named : { ...part, resource: named };
}

/** A whole result with its binary parts in files; any other text as it is. */
function withoutBinary(text: string, label: string): string {
  const result = parseJson(text);
  if (!isRecord(result) || !Array.isArray(result["content"])) return text;
  const content = result["content"].map((part: unknown) => unpacked(part, label));
  return `${JSON.stringify({ ...result, content }, undefined, 2)}\n`;
}

/** What is in JSON that is too long to show. */
function outline(value: unknown): string {
  if (Array.isArray(value)) return `${value.length} items\n`;
  return isRecord(value) ? `keys: ${Object.keys(value).slice(0, 40).join(", ")}\n` : "";
}

/** The text to print. */
export function presentResult(text: string, { out, label }: Pick<McpArguments, "out" | "label">): string {
  const shown = withoutBinary(text, label);
  const bytes = Buffer.byteLength(shown);
  if (out !== undefined) {
    writeFileSync(resolve(out), shown, { mode: MODE });
    return `${bytes} bytes → ${resolve(out)}\n`;
  }
  if (bytes <= MAX_SHOWN_BYTES) return shown;
  const value = parseJson(shown);
  const path = keep(`${label}-${unique()}.${value === undefined ? "txt" : "json"}`, shown);
  return `${shown.slice(0, PREVIEW_CHARS)}\n…\n${outline(value)}${bytes} bytes → ${path}\n`;
}
