/** Commits made in a bare repository, without a working copy. */
import { join } from "node:path";

import { git, writeBlob } from "./git.ts";

export interface CommitDraft {
  at: string;
  message: string;
  /** Path → content; other files of the parent stay. */
  files: Readonly<Record<string, string>>;
  author?: { name: string; email: string };
}

/** Writes a commit on top of a parent and gives its id; no branch moves. */
export async function commitFiles(repository: string, draft: CommitDraft, parent: string | undefined): Promise<string> {
  const { at, message, files, author } = draft;
  const index = { GIT_INDEX_FILE: join(repository, "sim-index") };
  await git(repository, ["read-tree", ...(parent === undefined ? ["--empty"] : [parent])], index);
  for (const [path, content] of Object.entries(files)) {
    const blob = await writeBlob(repository, content);
    await git(repository, ["update-index", "--add", "--cacheinfo", `100644,${blob},${path}`], index);
  }
  const tree = (await git(repository, ["write-tree"], index)).trim();
  const parents = parent === undefined ? [] : ["-p", parent];
  return (await git(repository, ["commit-tree", tree, ...parents, "-m", message], identity(at, author))).trim();
}

/** Who commits, and when. */
export function identity(at: string, author: CommitDraft["author"]): Record<string, string> {
  const dates = { GIT_AUTHOR_DATE: at, GIT_COMMITTER_DATE: at };
  if (author === undefined) return dates;
  const { name, email } = author;
  return {
    ...dates,
    GIT_AUTHOR_NAME: name,
    GIT_AUTHOR_EMAIL: email,
    GIT_COMMITTER_NAME: name,
    GIT_COMMITTER_EMAIL: email,
  };
}

export interface CommitFacts {
  sha: string;
  name: string;
  email: string;
  at: string;
  message: string;
}

/** The commits of a range, newest first. */
export async function readCommits(repository: string, range: string, max: number): Promise<CommitFacts[]> {
  const format = "--format=%H%x00%an%x00%ae%x00%aI%x00%B%x01";
  const log = await git(repository, ["log", "-n", String(max), format, "--end-of-options", range, "--"]);
  return log
    .split("\u0001")
    .map((entry) => entry.trimStart())
    .filter(Boolean)
    .map((entry) => {
      const [sha = "", name = "", email = "", at = "", message = ""] = entry.split("\u0000");
      return { sha, name, email, at, message: message.trim() };
    });
}

export interface ChangedFile {
  filename: string;
  status: string;
  additions: number;
  deletions: number;
  patch: string;
}

const STATUS: Readonly<Record<string, string>> = { A: "added", D: "removed", M: "modified" };

/** What `head` changes since it left `base`. */
export async function changedFiles(repository: string, base: string, head: string): Promise<ChangedFile[]> {
  const range = `${base}...${head}`;
  const listed = await git(repository, ["diff", "--name-status", "--no-renames", range, "--"]);
  const pairs = listed
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split("\t"));
  return Promise.all(
    pairs.map(async ([status = "M", filename = ""]) => {
      const diff = await git(repository, ["diff", "--no-renames", range, "--", filename]);
      const patch = diff.slice(Math.max(diff.indexOf("\n@@"), 0)).trim();
      const lines = patch.split("\n");
      const count = (sign: string) => lines.filter((line) => line.startsWith(sign)).length;
      return { filename, status: STATUS[status] ?? "changed", additions: count("+"), deletions: count("-"), patch };
    }),
  );
}

/** The part of a patch that a line of the new file is in, down to that line. */
export function hunkAt(patch: string, line: number): string {
  const hunks = patch.split(/^(?=@@)/m).filter((hunk) => hunk.startsWith("@@"));
  for (const hunk of hunks) {
    const [head = "", ...body] = hunk.trimEnd().split("\n");
    let at = Number(/\+(\d+)/.exec(head)?.[1] ?? 1) - 1;
    for (const [index, text] of body.entries()) {
      if (!text.startsWith("-")) at += 1;
      if (at === line) return [head, ...body.slice(0, index + 1)].join("\n");
    }
  }
  return hunks[0]?.trimEnd() ?? "";
}
