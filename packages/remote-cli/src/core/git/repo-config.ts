/** A repository's own configuration, read as text: a closed list of keys, anything else is somebody's trap. */

export type RepoConfig =
  | { kind: "ok"; originUrls: readonly string[] }
  | { kind: "unexpected"; key: string }
  | { kind: "unreadable"; line: number };

const SECTION = /^\[([A-Za-z0-9.-]+)(?: "((?:[^"\\]|\\["\\])*)")?\]$/;
const ENTRY = /^([A-Za-z][A-Za-z0-9-]*)(?:\s*=\s*(.*))?$/;
const PLAIN_KEYS = new Set(
  `core.repositoryformatversion core.filemode core.bare core.logallrefupdates core.ignorecase core.precomposeunicode
   core.symlinks extensions.objectformat`.split(/\s+/),
);
const ORIGIN_KEYS = new Set(["url", "fetch", "tagopt", "prune"]);
const BRANCH_KEYS = new Set(["remote", "merge", "rebase"]);

interface Section {
  name: string;
  sub?: string | undefined;
}

function isExpected({ name, sub }: Section, key: string): boolean {
  if (sub === undefined) return name === "gc" || PLAIN_KEYS.has(`${name}.${key}`);
  if (name === "remote") return sub === "origin" && ORIGIN_KEYS.has(key);
  return name === "branch" && BRANCH_KEYS.has(key);
}

/** A value without surrounding quotes; what needs more of git's syntax than that is not expected here. */
function plainValue(text: string): string | undefined {
  const quoted = /^"([^"\\]*)"$/.exec(text);
  const value = quoted === null ? text : (quoted[1] ?? "");
  return /["\\;#]/.test(value) ? undefined : value;
}

type Line = { kind: "blank" } | { kind: "section"; section: Section } | { kind: "entry"; key: string; value: string };

function readLine(raw: string): Line | undefined {
  const line = raw.trim();
  if (line === "" || line.startsWith("#") || line.startsWith(";")) return { kind: "blank" };
  const header = SECTION.exec(line);
  if (header !== null) return { kind: "section", section: { name: (header[1] ?? "").toLowerCase(), sub: header[2] } };
  const entry = ENTRY.exec(line);
  const value = plainValue(entry?.[2] ?? "true");
  if (entry === null || value === undefined) return undefined;
  return { kind: "entry", key: (entry[1] ?? "").toLowerCase(), value };
}

const fullName = ({ name, sub }: Section, key: string) => [name, ...(sub === undefined ? [] : [sub]), key].join(".");

/** Reads the text without following includes; stops at the first thing it does not know. */
export function readRepoConfig(text: string): RepoConfig {
  const originUrls: string[] = [];
  let section: Section | undefined;
  for (const [at, raw] of text.split("\n").entries()) {
    const line = readLine(raw);
    if (line === undefined) return { kind: "unreadable", line: at + 1 };
    if (line.kind === "section") section = line.section;
    if (line.kind !== "entry") continue;
    if (section === undefined) return { kind: "unreadable", line: at + 1 };
    if (!isExpected(section, line.key)) return { kind: "unexpected", key: fullName(section, line.key) };
    if (section.name === "remote" && line.key === "url") originUrls.push(line.value);
  }
  return { kind: "ok", originUrls };
}
