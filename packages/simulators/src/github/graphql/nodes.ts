/** The store as the objects that a query walks over; a field that is missing here is refused by name. */
import { z } from "zod";

import { changedFiles, readCommits } from "../commits.ts";
import type { CheckRun, Comment, Issue, PullIssue, Review, Status } from "../entities.ts";
import type { Forge } from "../forge.ts";
import { isoAt } from "../handing-out.ts";
import { fullName, type Repository } from "../hub.ts";
import type { Stage } from "../stage.ts";

const Window = z.object({ first: z.number().nullish(), last: z.number().nullish(), after: z.string().nullish() });

/** One page of a list, as every connection answers. */
export const connection =
  <Row>(list: () => readonly Row[] | Promise<readonly Row[]>) =>
  async (args: unknown = {}) => {
    const { first, last, after } = Window.parse(args);
    const all = await list();
    const start = after === undefined || after === null ? 0 : Number(after);
    const rows = last === undefined || last === null ? all.slice(start, start + (first ?? 100)) : all.slice(-last);
    const end = start + rows.length;
    const hasNextPage = end < all.length;
    return {
      nodes: rows,
      edges: rows.map((node, index) => ({ node, cursor: String(start + index + 1) })),
      totalCount: all.length,
      pageInfo: { hasNextPage, hasPreviousPage: start > 0, endCursor: String(end), startCursor: String(start) },
    };
  };
const none = connection<never>(() => []);

function actor({ accountOf, webBase }: Forge, login: string) {
  const { id, name, type } = accountOf(login);
  // GraphQL names a bot without the brackets that REST shows.
  const bare = login.replace(/\[bot\]$/, "");
  return {
    __typename: type,
    id: `U_${id}`,
    databaseId: id,
    login: bare,
    name,
    url: `${webBase()}/${bare}`,
    avatarUrl: "",
  };
}

const ownerNode = (login: string) => ({ __typename: "Organization", id: `O_${login}`, login, name: login });

export function repositoryNode(forge: Forge, repository: Repository): object {
  const { id, name, owner, defaultBranch, parent } = repository;
  return {
    __typename: "Repository",
    id: `R_${id}`,
    databaseId: id,
    name,
    nameWithOwner: fullName(repository),
    owner: ownerNode(owner),
    url: `${forge.webBase()}/${fullName(repository)}`,
    description: "",
    isPrivate: true,
    isFork: parent !== undefined,
    isArchived: false,
    isInOrganization: true,
    visibility: "PRIVATE",
    hasIssuesEnabled: true,
    hasWikiEnabled: false,
    mergeCommitAllowed: true,
    rebaseMergeAllowed: false,
    squashMergeAllowed: false,
    viewerPermission: "WRITE",
    viewerDefaultCommitEmail: null,
    viewerDefaultMergeMethod: "MERGE",
    defaultBranchRef: { __typename: "Ref", id: `REF_${id}`, name: defaultBranch, prefix: "refs/heads/" },
    parent: null,
    assignableUsers: none,
    labels: none,
    milestones: none,
    projects: none,
  };
}

function checkRunNode(row: CheckRun, web: string) {
  const run = {
    __typename: "WorkflowRun",
    id: `WFR_${row.suiteId}`,
    event: "push",
    workflow: { __typename: "Workflow", id: `W_${row.workflow}`, name: row.workflow },
  };
  return {
    __typename: "CheckRun",
    id: `CR_${row.id}`,
    databaseId: row.id,
    name: row.name,
    title: row.name,
    summary: row.summary,
    status: row.status.toUpperCase(),
    conclusion: row.conclusion?.toUpperCase() ?? null,
    startedAt: isoAt(row.startedAt),
    completedAt: row.completedAt === undefined ? null : isoAt(row.completedAt),
    detailsUrl: `${web}/actions/runs/${row.suiteId}/job/${row.id}`,
    isRequired: false,
    checkSuite: { __typename: "CheckSuite", id: `CS_${row.suiteId}`, workflowRun: row.workflow === "" ? null : run },
  };
}

const statusNode = (row: Status) => ({
  __typename: "StatusContext",
  id: `SC_${row.id}`,
  context: row.context,
  state: row.state.toUpperCase(),
  description: row.description,
  targetUrl: row.targetUrl,
  createdAt: isoAt(row.createdAt),
  isRequired: false,
});

const PASSED = ["success", "neutral", "skipped"];

/** All that checks say of one commit; null when they say nothing. */
function rollup(forge: Forge, repo: string, sha: string) {
  const runs = forge.runsAt(repo, sha);
  const statuses = forge.statusesAt(repo, sha);
  if (runs.length + statuses.length === 0) return null;
  const hasFailed =
    runs.some(({ conclusion = "success" }) => !PASSED.includes(conclusion)) ||
    statuses.some(({ state }) => state === "failure" || state === "error");
  const isPending =
    runs.some(({ status }) => status !== "completed") || statuses.some(({ state }) => state === "pending");
  const web = `${forge.webBase()}/${repo}`;
  const contexts = connection<object>(() => [
    ...runs.map((row) => checkRunNode(row, web)),
    ...statuses.map(statusNode),
  ]);
  const settled = isPending ? "PENDING" : "SUCCESS";
  return { __typename: "StatusCheckRollup", id: `SCR_${sha}`, state: hasFailed ? "FAILURE" : settled, contexts };
}

function commentNode(forge: Forge, row: Comment) {
  const { association } = forge.accountOf(row.user);
  const isOurs = row.user === forge.bot.login;
  return {
    __typename: "IssueComment",
    id: `IC_${row.id}`,
    databaseId: row.id,
    author: actor(forge, row.user),
    authorAssociation: association,
    body: row.body,
    createdAt: isoAt(row.createdAt),
    updatedAt: isoAt(row.updatedAt),
    includesCreatedEdit: row.updatedAt !== row.createdAt,
    isMinimized: false,
    minimizedReason: null,
    reactionGroups: [],
    url: `${forge.webBase()}/${row.repo}/issues/${row.number}#issuecomment-${row.id}`,
    viewerDidAuthor: isOurs,
  };
}

function reviewNode(forge: Forge, row: Review) {
  return {
    __typename: "PullRequestReview",
    id: `PRR_${row.id}`,
    databaseId: row.id,
    author: actor(forge, row.user),
    authorAssociation: forge.accountOf(row.user).association,
    body: row.body,
    state: row.state,
    submittedAt: isoAt(row.submittedAt),
    includesCreatedEdit: false,
    reactionGroups: [],
    url: `${forge.webBase()}/${row.repo}/pull/${row.number}#pullrequestreview-${row.id}`,
    commit: { __typename: "Commit", id: `C_${row.commitId}`, oid: row.commitId },
  };
}

/** What issues and pull requests have alike. */
function shared(forge: Forge, row: Issue) {
  const path = `${row.repo}/${row.pull === undefined ? "issues" : "pull"}/${row.number}`;
  return {
    number: row.number,
    title: row.title,
    body: row.body,
    url: `${forge.webBase()}/${path}`,
    author: actor(forge, row.user),
    authorAssociation: forge.accountOf(row.user).association,
    closed: row.state === "closed",
    locked: false,
    createdAt: isoAt(row.createdAt),
    updatedAt: isoAt(row.updatedAt),
    closedAt: row.closedAt === undefined ? null : isoAt(row.closedAt),
    comments: connection(() => forge.commentsOf(row.repo, row.number).map((comment) => commentNode(forge, comment))),
    labels: connection(() =>
      row.labels.map((name) => ({ __typename: "Label", id: `L_${name}`, name, color: "ededed", description: "" })),
    ),
    assignees: none,
    projectCards: none,
    projectItems: none,
    milestone: null,
    reactionGroups: [],
    isPinned: false,
    stateReason: null,
  };
}

export const issueNode = (forge: Forge, row: Issue): object => ({
  ...shared(forge, row),
  __typename: "Issue",
  id: `I_${row.id}`,
  state: row.state.toUpperCase(),
});

async function commitNodes({ forge, directoryOf }: Stage, { repo, pull }: PullIssue) {
  const commits = await readCommits(directoryOf(repo), `${pull.baseSha}..${pull.headSha}`, 250);
  return commits.toReversed().map(({ sha, message, name, email, at }) => ({
    __typename: "PullRequestCommit",
    id: `PRC_${sha}`,
    commit: {
      __typename: "Commit",
      id: `C_${sha}`,
      oid: sha,
      messageHeadline: message.split("\n")[0],
      messageBody: message.split("\n").slice(2).join("\n"),
      authoredDate: at,
      committedDate: at,
      authors: connection(() => [{ name, email, user: null }]),
      statusCheckRollup: () => rollup(forge, repo, sha),
    },
  }));
}

export function pullNode(stage: Stage, row: PullIssue): object {
  const { forge, directoryOf } = stage;
  const { headRepo, headRef, headSha, baseRef, baseSha, isDraft, mergedAt, mergeSha } = row.pull;
  const [headOwner = ""] = headRepo.split("/");
  const head = forge.repositoryNamed(headRepo);
  const base = forge.repositoryNamed(row.repo);
  const files = () => changedFiles(directoryOf(row.repo), baseSha, headSha);
  const total = async (side: "additions" | "deletions") => (await files()).reduce((sum, file) => sum + file[side], 0);
  const isMerged = mergedAt !== undefined;
  return {
    ...shared(forge, row),
    __typename: "PullRequest",
    id: `PR_${row.id}`,
    fullDatabaseId: String(row.id),
    state: isMerged ? "MERGED" : row.state.toUpperCase(),
    isDraft,
    headRefName: headRef,
    headRefOid: headSha,
    headRepository: head === undefined ? null : repositoryNode(forge, head),
    headRepositoryOwner: ownerNode(headOwner),
    baseRefName: baseRef,
    baseRefOid: baseSha,
    baseRepository: base === undefined ? null : repositoryNode(forge, base),
    isCrossRepository: headRepo !== row.repo,
    maintainerCanModify: false,
    mergeable: row.state === "open" ? "MERGEABLE" : "UNKNOWN",
    mergeStateStatus: "CLEAN",
    merged: isMerged,
    mergedAt: isMerged ? isoAt(mergedAt) : null,
    mergedBy: null,
    mergeCommit: mergeSha === undefined ? null : { __typename: "Commit", id: `C_${mergeSha}`, oid: mergeSha },
    potentialMergeCommit: null,
    autoMergeRequest: null,
    reviewDecision: null,
    additions: () => total("additions"),
    deletions: () => total("deletions"),
    changedFiles: async () => (await files()).length,
    files: connection(async () =>
      (await files()).map(({ filename, additions, deletions }) => ({ path: filename, additions, deletions })),
    ),
    commits: connection(() => commitNodes(stage, row)),
    reviews: connection(() => forge.reviewsOf(row.repo, row.number).map((review) => reviewNode(forge, review))),
    latestReviews: connection(() => forge.reviewsOf(row.repo, row.number).map((review) => reviewNode(forge, review))),
    reviewRequests: none,
    statusCheckRollup: () => rollup(forge, row.repo, headSha),
  };
}
