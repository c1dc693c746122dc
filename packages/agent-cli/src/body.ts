/** What goes along with the arguments: standard input where the command reads it, files that only this side can see. */
import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";

const MAX_STDIN_BYTES = 8 * 1024 * 1024;
const MAX_INLINE_BYTES = 7 * 1024 * 1024;
const FILE_OPTIONS = ["--blocks-file", "--file"];

/** Whether one of the options is given with `-`, attached or as the next argument. */
const readsDash = (args: readonly string[], options: readonly string[]) =>
  args.some((arg, at) => options.some((name) => arg === `${name}=-` || (arg === "-" && args[at - 1] === name)));

function hasStdin(name: string, args: readonly string[]): boolean {
  switch (name) {
    case "slack-post-message":
      return true;
    case "git":
      return args.includes("commit") && readsDash(args, ["-F", "--file"]);
    case "gh":
      return readsDash(args, ["--body-file"]);
    case "mcp":
      return args.includes("-");
    case "memory":
      return args.includes("append") || args.includes("replace");
    case "metabase":
      return args.includes("query") && args.includes("-");
    default:
      return false;
  }
}

function readStdin(): string {
  const text = readFileSync(0);
  if (text.length > MAX_STDIN_BYTES) throw new Error(`standard input is larger than ${MAX_STDIN_BYTES} bytes`);
  return text.toString("utf8");
}

function namedFiles(args: readonly string[]): string[] {
  return args.flatMap((arg, at) => {
    const option = FILE_OPTIONS.find((name) => arg.startsWith(`${name}=`));
    if (option !== undefined) return [arg.slice(option.length + 1)];
    return FILE_OPTIONS.includes(arg) ? [args[at + 1] ?? ""] : [];
  });
}

function inlineFiles(args: readonly string[], workspace: string) {
  const isShared = (path: string) =>
    ["repos", "worktrees", "runs", "cron"].some((name) => path.startsWith(`${workspace}/${name}/`));
  const own = namedFiles(args).filter((path) => path !== "" && !isShared(resolve(path)));
  const files = own.filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true);
  const bytes = files.map((path) => ({ path, bytes: readFileSync(path) }));
  if (bytes.reduce((sum, file) => sum + file.bytes.length, 0) > MAX_INLINE_BYTES)
    throw new Error(`the files are larger than ${MAX_INLINE_BYTES} bytes together`);
  return bytes.map((file) => ({ path: file.path, dataBase64: file.bytes.toString("base64") }));
}

/** The request's body for one command. */
export function bodyOf(name: string, args: readonly string[], workspace: string): Record<string, unknown> {
  const stdin = hasStdin(name, args) ? { stdin: readStdin() } : {};
  const files = name === "slack-post-message" ? inlineFiles(args, workspace) : [];
  return { args, cwd: process.cwd(), ...stdin, ...(files.length === 0 ? {} : { inlineFiles: files }) };
}
