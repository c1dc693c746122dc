/** What is wrong with a text, in words that never repeat a value of it. */
import { editDistance } from "@thor/kit/pure/edit-distance";
import type { z } from "zod";

import type { Path } from "./json-text.ts";

export interface Finding {
  path: Path;
  message: string;
  suggestion?: string | undefined;
}

const foldedKey = (key: string) => key.toLowerCase().replaceAll(/[-_]/g, "");

/** The one name that was probably meant: equal but for case, `-` and `_`, or at most two edits away. */
function closest(wrong: string, known: readonly string[]): string | undefined {
  const same = known.find((name) => foldedKey(name) === foldedKey(wrong));
  if (same !== undefined) return same;
  const near = known.map((name) => ({ name, far: editDistance(name, wrong) })).filter(({ far }) => far <= 2);
  return near.toSorted((a, b) => a.far - b.far)[0]?.name;
}

/** A name that must be one of the known ones. */
export const unknownName = (path: Path, message: string, [name, known]: [string, readonly string[]]): Finding => ({
  path,
  message,
  suggestion: closest(name, known),
});

const plainPath = (path: readonly PropertyKey[]) => path.map((key) => (typeof key === "symbol" ? String(key) : key));

const isInside = ({ path, code }: z.core.$ZodIssue) => path.length > 0 || code === "unrecognized_keys";

/** Of a union the branch that came further than its first look; without one the union's own words. */
function branchOf(issue: z.core.$ZodIssueInvalidUnion): z.core.$ZodIssue[] | undefined {
  return issue.errors.find((branch) => branch.length > 0 && branch.every(isInside));
}

function wordsOf({ code, message }: z.core.$ZodIssue): string {
  if (code === "invalid_type" && message.endsWith("received undefined")) return "is required";
  return message.replace(/^Invalid (?:input|option): /, "");
}

/** Turns an issue of the schema into findings; `keysAt` knows the keys an object may have. */
export function findingsOf(
  issue: z.core.$ZodIssue,
  keysAt: (path: Path) => readonly string[],
  base: Path = [],
): Finding[] {
  const path = [...base, ...plainPath(issue.path)];
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => unknownName([...path, key], `unknown key "${key}"`, [key, keysAt(path)]));
  if (issue.code === "invalid_key") return [{ path, message: issue.issues[0]?.message ?? issue.message }];
  const branch = issue.code === "invalid_union" ? branchOf(issue) : undefined;
  return branch?.flatMap((inner) => findingsOf(inner, keysAt, path)) ?? [{ path, message: wordsOf(issue) }];
}
