/** Paths in a working tree: resolved as text, never outside its root, never inside a git directory. */
import { below, isWithin, resolvePath } from "../../paths.ts";
import type { Checked, Place, Validator } from "../spec.ts";
import { bad, ok, plainFault } from "./text.ts";

const MAX_PATH = 4096;
const GIT_DIRECTORY = /(^|\/)\.git(\/|$)/i;

function pathFault(text: string, { root, cwd }: Place): string | undefined {
  const absolute = resolvePath(cwd, text);
  if (!isWithin(root, absolute)) return `"${text}" leads out of this working tree`;
  return GIT_DIRECTORY.test(below(root, absolute)) ? `"${text}" lies in a git directory` : undefined;
}

/** A dash at the start is harmless only where a separator stands before the paths, so it is refused here as everywhere. */
function checkPath(text: string, place: Place): Checked {
  const fault = plainFault(text, MAX_PATH) ?? pathFault(text, place);
  return fault === undefined ? ok(text) : bad(fault);
}

export const path: Validator = { name: "path", check: checkPath };

const MAGIC_WORDS = new Set(["top", "exclude", "glob", "icase", "literal"]);

function splitMagic(text: string): { words: string[]; rest: string } | undefined {
  const long = /^:\(([a-z,]*)\)(.*)$/s.exec(text);
  if (long !== null) return { words: (long[1] ?? "").split(","), rest: long[2] ?? "" };
  const short = /^:([/!^]*):?(.*)$/s.exec(text);
  if (short === null) return undefined;
  const words = Array.from(short[1] ?? "", (sign) => (sign === "/" ? "top" : "exclude"));
  return { words, rest: short[2] ?? "" };
}

/** A path with git's magic in front: `:(top,exclude,glob,icase,literal)`, `:/`, `:!`, `:^`. */
export const pathspec: Validator = {
  name: "path",
  check: (text, place) => {
    const magic = splitMagic(text);
    if (magic === undefined) return checkPath(text, place);
    const strange = magic.words.find((word) => !MAGIC_WORDS.has(word));
    if (strange !== undefined) return bad(`path magic "${strange}" is not allowed`);
    const cwd = magic.words.includes("top") ? place.root : place.cwd;
    const fault = plainFault(text, MAX_PATH) ?? pathFault(magic.rest, { root: place.root, cwd });
    return fault === undefined ? ok(text) : bad(fault);
  },
};

/** Git decides which of the two it is; what could only be a path is held to the rules of paths. */
export const revOrPath: Validator = {
  name: "rev or path",
  check: (text, place) => {
    const isPathOnly = text.startsWith("/") || text.split("/").includes("..") || GIT_DIRECTORY.test(text);
    if (isPathOnly) return checkPath(text, place);
    const fault = plainFault(text, MAX_PATH);
    return fault === undefined ? ok(text) : bad(fault);
  },
};

/** `-L` of log and blame: a range of lines or a function, for log with its file. */
export const lineRange: Validator = {
  name: "range",
  check: (text, place) => {
    const fault = plainFault(text, 1024);
    if (fault !== undefined) return bad(fault);
    const file = /:([^:]+)$/.exec(text)?.[1];
    const outside = file === undefined ? undefined : pathFault(file, place);
    return outside === undefined ? ok(text) : bad(outside);
  },
};
