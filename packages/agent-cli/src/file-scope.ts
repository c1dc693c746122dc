/** What OpenCode's own file tools may touch: they run in the server, where everything else lies too. */
import { lstatSync } from "node:fs";
import { dirname, isAbsolute, resolve } from "node:path";

export interface Scope {
  /** The session's directory; relative paths start here. */
  cwd: string;
  readable: readonly string[];
  writable: readonly string[];
  /** Note files that are open to the session, each by itself, and the folder they lie below. */
  notes: { root: string; files: readonly string[] };
  /** The conversation's own folder that commands know as /tmp. */
  tmp: string;
}
type Allowed = { kind: "allowed"; path: string } | { kind: "refused"; why: string };
export type Verdict = { kind: "allowed"; args: Record<string, unknown> } | { kind: "refused"; why: string };

/** Tools that touch no file themselves; commands go through the cell. */
const HARMLESS = new Set(["bash", "task", "todowrite", "todoread", "skill", "question", "invalid"]);
const PATCHED = /^\*\*\* (?:Add File|Update File|Delete File|Move to): (.+)$/gm;

export const isBelow = (root: string, path: string) => path === root || path.startsWith(`${root}/`);
const refuse = (why: string) => ({ kind: "refused" as const, why });

/** Whether a link stands on the way from the root to the path: it could lead anywhere. */
export function hasLink(root: string, path: string): boolean {
  for (let at = path; at !== root && isBelow(root, at); at = dirname(at)) {
    if (lstatSync(at, { throwIfNoEntry: false })?.isSymbolicLink() === true) return true;
  }
  return false;
}

const places = (roots: readonly string[]) => roots.join(", ");

const throughNoLink = (root: string, { given, path }: { given: string; path: string }): Allowed =>
  hasLink(root, path) ? refuse(`${given} leads through a link; use the real path`) : { kind: "allowed", path };

function judgePath(given: string, scope: Scope, isWrite: boolean): Allowed {
  if (given.includes("\0")) return refuse("a path cannot hold a NUL character");
  const asked = resolve(scope.cwd, given);
  const { root: notes, files } = scope.notes;
  if (files.includes(asked) && isBelow(notes, asked)) return throughNoLink(notes, { given, path: asked });
  const path =
    isBelow("/tmp", asked) && !scope.readable.some((root) => isBelow(root, asked))
      ? `${scope.tmp}${asked.slice(4)}`
      : asked;
  const roots = isWrite ? scope.writable : scope.readable;
  const root = roots.find((candidate) => isBelow(candidate, path));
  if (root === undefined) return refuse(`${given} is outside; ${isWrite ? "write" : "read"} below: ${places(roots)}`);
  return throughNoLink(root, { given, path });
}

const textOf = (args: Record<string, unknown>, name: string) => {
  const value = args[name];
  return typeof value === "string" ? value : undefined;
};

function judgeFile(args: Record<string, unknown>, scope: Scope, isWrite: boolean): Verdict {
  const given = textOf(args, "filePath");
  if (given === undefined) return refuse("filePath is missing");
  const allowed = judgePath(given, scope, isWrite);
  return allowed.kind === "refused" ? allowed : { kind: "allowed", args: { ...args, filePath: allowed.path } };
}

/** `globs` are the arguments that choose files; a regular expression may look like anything. */
function judgeSearch(args: Record<string, unknown>, scope: Scope, globs: readonly string[]): Verdict {
  const patterns = globs.map((name) => textOf(args, name) ?? "");
  if (patterns.some((pattern) => isAbsolute(pattern) || pattern.split(/[/,{}]/).includes("..")))
    return refuse("a glob stays below its directory; give the directory as path");
  const allowed = judgePath(textOf(args, "path") ?? scope.cwd, scope, false);
  return allowed.kind === "refused" ? allowed : { kind: "allowed", args: { ...args, path: allowed.path } };
}

/** A patch carries its paths in its text, so each must be the real one already. */
function judgePatch(args: Record<string, unknown>, scope: Scope): Verdict {
  const paths = [...(textOf(args, "patchText") ?? "").matchAll(PATCHED)].map((match) => (match[1] ?? "").trim());
  if (paths.length === 0) return refuse("the patch names no file");
  for (const path of paths) {
    const allowed = judgePath(path, scope, true);
    if (allowed.kind === "refused") return allowed;
    if (allowed.path !== resolve(scope.cwd, path)) return refuse(`in a patch, name files of /tmp below ${scope.tmp}`);
  }
  return { kind: "allowed", args };
}

/** Judges one call of a tool; what is not known is refused. */
export function judgeTool(tool: string, args: Record<string, unknown>, scope: Scope): Verdict {
  if (HARMLESS.has(tool)) return { kind: "allowed", args };
  switch (tool) {
    case "apply_patch":
      return judgePatch(args, scope);
    case "write":
    case "edit":
      return judgeFile(args, scope, true);
    case "read":
      return judgeFile(args, scope, false);
    case "glob":
      return judgeSearch(args, scope, ["pattern"]);
    case "grep":
    case "list":
      return judgeSearch(args, scope, ["include"]);
    default:
      return refuse(`the tool ${tool} is not available here; use bash`);
  }
}
