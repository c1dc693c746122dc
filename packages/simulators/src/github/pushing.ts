/** Branches that move, by a push over the wire, by a person here or by a merge, and what follows from that. */
import { cpSync } from "node:fs";

import { commitFiles, identity, readCommits } from "./commits.ts";
import type { createIssueDeeds } from "./deeds.ts";
import type { Account, PullIssue } from "./entities.ts";
import { git } from "./git.ts";
import { isoAt } from "./handing-out.ts";
import { fullName, type Hub, type Repository, repositoryAt } from "./hub.ts";
import type { Stage } from "./stage.ts";

const NO_COMMIT = "0".repeat(40);
const MAX_COMMITS = 20;

type Refs = Record<string, string>;

/** Branch → commit of a repository. */
export async function readRefs({ directory }: Repository): Promise<Refs> {
  const listed = await git(directory, ["for-each-ref", "--format=%(refname) %(objectname)", "refs/heads"]);
  const pairs = listed
    .split("\n")
    .filter(Boolean)
    .map((line) => line.split(" "));
  return Object.fromEntries(pairs.map(([ref = "", sha = ""]) => [ref.replace("refs/heads/", ""), sha]));
}

const isAncestor = (directory: string, older: string, newer: string) =>
  git(directory, ["merge-base", "--is-ancestor", older, newer]).then(
    () => true,
    () => false,
  );

interface Move {
  branch: string;
  from: string;
  to: string;
}

/** The payload of one moved branch. */
async function pushPayload(repository: Repository, { branch, from, to }: Move, { name, email }: Account) {
  const { directory, defaultBranch } = repository;
  const base = from === NO_COMMIT ? defaultBranch : from;
  const range = branch === defaultBranch && from === NO_COMMIT ? to : `${base}..${to}`;
  const commits = to === NO_COMMIT ? [] : await readCommits(directory, range, MAX_COMMITS);
  const forms = commits.toReversed().map((commit) => ({
    id: commit.sha,
    message: commit.message,
    timestamp: commit.at,
    url: `https://github.test/${fullName(repository)}/commit/${commit.sha}`,
    author: { name: commit.name, email: commit.email },
    distinct: true,
  }));
  const isMove = from !== NO_COMMIT && to !== NO_COMMIT;
  return {
    ref: `refs/heads/${branch}`,
    before: from,
    after: to,
    base_ref: null,
    created: from === NO_COMMIT,
    deleted: to === NO_COMMIT,
    forced: isMove && !(await isAncestor(directory, from, to)),
    compare: "",
    pusher: { name, email },
    commits: forms,
    head_commit: forms.at(-1) ?? null,
  };
}

export type Pushing = ReturnType<typeof createPushing>;

export function createPushing(
  stage: Stage,
  hub: Hub,
  { directory, issues }: { directory: string; issues: ReturnType<typeof createIssueDeeds> },
) {
  const { forge, emit, directoryOf } = stage;

  /** Copies a pull request's head to where GitHub keeps it, and gives its commit. */
  const mirrorHead = async (row: Pick<PullIssue, "repo" | "number" | "pull">, sha: string) => {
    const [base, head] = [directoryOf(row.repo), directoryOf(row.pull.headRepo)];
    if (head !== base && head !== "") await git(base, ["fetch", "--quiet", "--no-write-fetch-head", head, sha]);
    await git(base, ["update-ref", `refs/pull/${row.number}/head`, sha]);
  };
  const follow = async (repo: string, { branch, from, to }: Move, by: string) => {
    for (const row of forge.pullsFrom(repo, branch)) {
      if (to === NO_COMMIT) {
        issues.change(row, by, { state: "closed" });
        continue;
      }
      await mirrorHead(row, to);
      const next = { ...row, updatedAt: forge.now(), pull: { ...row.pull, headSha: to } };
      issues.tell("synchronize", issues.save(next), { by, more: { before: from, after: to } });
    }
  };
  /** Tells of every branch that moved between two pictures of a repository. */
  const moved = async (repository: Repository, { before, after }: { before: Refs; after: Refs }, by: string) => {
    const repo = fullName(repository);
    for (const branch of new Set([...Object.keys(before), ...Object.keys(after)])) {
      const move = { branch, from: before[branch] ?? NO_COMMIT, to: after[branch] ?? NO_COMMIT };
      if (move.from === move.to) continue;
      emit("push", await pushPayload(repository, move, forge.accountOf(by)), { repo, by });
      await follow(repo, move, by);
    }
  };
  const moving = async (repository: Repository, by: string, change: () => Promise<unknown>) => {
    const before = await readRefs(repository);
    await change();
    await moved(repository, { before, after: await readRefs(repository) }, by);
  };
  const author = (login: string) => ({ name: forge.accountOf(login).name, email: forge.accountOf(login).email });

  return {
    moved,
    mirrorHead,
    /** Somebody's commit on a branch; `isForced` leaves out what the branch had. */
    push: async (
      repository: Repository,
      by: string,
      change: { branch: string; message: string; files: Readonly<Record<string, string>>; isForced: boolean },
    ): Promise<string> => {
      const { branch, message, files, isForced } = change;
      const refs = await readRefs(repository);
      const parent = (isForced ? undefined : refs[branch]) ?? refs[repository.defaultBranch];
      const draft = { at: isoAt(forge.now()), message, files, author: author(by) };
      const sha = await commitFiles(repository.directory, draft, parent);
      await moving(repository, by, () => git(repository.directory, ["update-ref", `refs/heads/${branch}`, sha]));
      return sha;
    },
    deleteBranch: (repository: Repository, by: string, branch: string) =>
      moving(repository, by, () => git(repository.directory, ["update-ref", "-d", `refs/heads/${branch}`])),
    /** A merge commit on the base branch; undefined when the two do not fit together. */
    merge: async (row: PullIssue, by: string): Promise<string | undefined> => {
      const repository = forge.repositoryNamed(row.repo);
      if (repository === undefined) return undefined;
      const place = repository.directory;
      const { headSha, baseRef } = row.pull;
      const tree = await git(place, ["merge-tree", "--write-tree", `refs/heads/${baseRef}`, headSha]).catch(
        () => undefined,
      );
      if (tree === undefined) return undefined;
      const parents = ["-p", `refs/heads/${baseRef}`, "-p", headSha];
      const message = `Merge pull request #${row.number} from ${row.pull.headRef}`;
      const who = identity(isoAt(forge.now()), author(by));
      const sha = (await git(place, ["commit-tree", tree.trim(), ...parents, "-m", message], who)).trim();
      await moving(repository, by, () => git(place, ["update-ref", `refs/heads/${baseRef}`, sha]));
      const at = forge.now();
      issues.change(row, by, { state: "closed", pull: { ...row.pull, mergedAt: at, mergeSha: sha } });
      return sha;
    },
    fork: (parent: Repository, owner: string): Repository => {
      const id = 5000 + hub.repositories.length;
      const fork = repositoryAt(directory, { id, owner, name: parent.name, parent: fullName(parent) });
      const existing = forge.repositoryNamed(fullName(fork));
      if (existing !== undefined) return existing;
      cpSync(parent.directory, fork.directory, { recursive: true });
      hub.repositories.push(hub.forks.put(fullName(fork), fork));
      return fork;
    },
    deleteFork: (fork: Repository): void => {
      fork.isDeleted = true;
      hub.forks.put(fullName(fork), fork);
    },
    headOf: async (repo: string, branch: string): Promise<string | undefined> => {
      const repository = forge.repositoryNamed(repo);
      return repository === undefined ? undefined : (await readRefs(repository))[branch];
    },
  };
}
