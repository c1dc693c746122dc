/** The names of conversations that GitHub events belong to. */
import { gitBranchKey, githubIssueKey } from "@thor/domain/correlation-key";
import type { GithubEvent } from "@thor/domain/github-event";

/** The branch a pull request comes from; an owner when it comes from somebody's fork. */
export interface Head {
  ref: string;
  forkOwner?: string | undefined;
}

type PullRequest = Extract<GithubEvent, { event_type: "pull_request" }>["pull_request"];

export const isSameName = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
const ownerOf = (fullName: string) => fullName.slice(0, fullName.indexOf("/"));
/** The local directory's name of a repository: GitHub's name without the owner. */
export const localNameOf = (fullName: string) => fullName.slice(fullName.indexOf("/") + 1);

/** A fork that was deleted counts as its author's. */
export function headOf({ head, base, user }: PullRequest): Head {
  const { ref, repo } = head;
  if (repo === undefined || repo === null) return { ref, forkOwner: user?.login ?? "ghost" };
  return isSameName(repo.full_name, base.repo.full_name) ? { ref } : { ref, forkOwner: ownerOf(repo.full_name) };
}

/** No git branch starts with `./`, so an own branch named `fork/…` never meets a fork's. */
function branchNameOf({ ref, forkOwner }: Head): string {
  if (forkOwner !== undefined) return `fork/${forkOwner}/${ref}`;
  return ref.startsWith("fork/") ? `./${ref}` : ref;
}

export const branchKeyOf = (repo: string, head: Head) => gitBranchKey(repo, branchNameOf(head));

/** Whose fork a conversation is about, told by its key. */
export const forkOwnerOf = (correlationKey: string) => /^git:branch:[^:]+:fork\/([^/]+)\//.exec(correlationKey)?.[1];

const PENDING_BRANCH = "pending:branch-resolve:";
const PENDING_SUITE = "pending:check-suite:";

/** What must be found out before an event has a conversation. */
export function pendingKindOf(correlationKey: string): "branch" | "suite" | undefined {
  if (correlationKey.startsWith(PENDING_BRANCH)) return "branch";
  return correlationKey.startsWith(PENDING_SUITE) ? "suite" : undefined;
}

type Of<Type extends GithubEvent["event_type"]> = Extract<GithubEvent, { event_type: Type }>;

function issueKeyOf({ issue, repository }: Of<"issue_comment">, repo: string): string {
  const { number, pull_request: pullRequest } = issue;
  const isPure = pullRequest === undefined || pullRequest === null;
  return isPure ? githubIssueKey(repo, repository.full_name, number) : `${PENDING_BRANCH}${repo}:${number}`;
}

function suiteKeyOf({ check_suite: suite }: Of<"check_suite">, repo: string): string {
  return `${PENDING_SUITE}${repo}:${suite.pull_requests[0]?.number ?? 0}:${suite.head_branch ?? ""}`;
}

/** The conversation's name as far as the delivery itself tells it. */
export function correlationKeyOf(event: GithubEvent, repo: string): string {
  switch (event.event_type) {
    case "issue_comment":
      return issueKeyOf(event, repo);
    case "pull_request_review_comment":
    case "pull_request_review":
    case "pull_request":
      return branchKeyOf(repo, headOf(event.pull_request));
    case "check_suite":
      return suiteKeyOf(event, repo);
    case "push":
      return `push:${repo}:${branchOfRef(event.ref) ?? event.ref}`;
  }
}

/** The branch that a ref names; undefined for tags and everything else. */
export const branchOfRef = (ref: string) => /^refs\/heads\/(.+)$/.exec(ref)?.[1];
