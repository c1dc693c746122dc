/** What differs between two versions of thor.json, in sentences that never repeat the value of a header. */
import { field, itemsOf, keysOf } from "./entries.ts";
import { pathText, type Path } from "./json-text.ts";
import type { WorkspaceConfig } from "./schema/root.ts";

const isPlain = (value: unknown) => typeof value !== "object" || value === null;
const isObject = (value: unknown) => !isPlain(value) && !Array.isArray(value);
const words = (value: unknown) => JSON.stringify(value);

function changed(path: Path, before: unknown, after: unknown): string {
  const isShown = isPlain(before) && isPlain(after) && !path.includes("headers");
  return `${pathText(path)} changed${isShown ? ` from ${words(before)} to ${words(after)}` : ""}`;
}

function memberSentences(path: Path, before: readonly unknown[], after: readonly unknown[]): string[] {
  const removed = before.filter((item) => !after.includes(item)).map((item) => `${words(item)} removed`);
  const added = after.filter((item) => !before.includes(item)).map((item) => `${words(item)} added`);
  const isReordered = removed.length + added.length === 0 && before.some((item, at) => item !== after[at]);
  return [...removed, ...added, ...(isReordered ? ["order changed"] : [])].map((said) => `${pathText(path)}: ${said}`);
}

function listSentences(path: Path, before: readonly unknown[], after: readonly unknown[]): string[] {
  if ([...before, ...after].every(isPlain)) return memberSentences(path, before, after);
  const length = Math.max(before.length, after.length);
  return Array.from({ length }, (_, at) => sentences([...path, at], before[at], after[at])).flat();
}

function sentences(path: Path, before: unknown, after: unknown): string[] {
  if (before === after) return [];
  if (before === undefined) return [`${pathText(path)} added`];
  if (after === undefined) return [`${pathText(path)} removed`];
  if (Array.isArray(before) && Array.isArray(after)) return listSentences(path, itemsOf(before), itemsOf(after));
  if (!isObject(before) || !isObject(after)) return [changed(path, before, after)];
  const keys = [...new Set([...keysOf(before), ...keysOf(after)])];
  return keys.flatMap((key) => sentences([...path, key], field(before, key), field(after, key)));
}

/** People are known by their e-mail, not by their place in the list. */
const byEmail = ({ users, ...rest }: WorkspaceConfig) => ({
  ...rest,
  users: Object.fromEntries(users.map((user) => [user.email, user])),
});

/** One sentence for each difference in meaning, in the order of the sections. */
export const diffWorkspaceConfig = (before: WorkspaceConfig, after: WorkspaceConfig): string[] =>
  sentences([], byEmail(before), byEmail(after));
