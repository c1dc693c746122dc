/** Stored things as GitHub's REST API and webhooks write them. */
import type {
  Account,
  CheckRun,
  CheckSuite,
  Comment,
  Issue,
  PullIssue,
  Reaction,
  Review,
  SpotComment,
  Status,
} from "./entities.ts";
import type { Forge } from "./forge.ts";
import { isoAt, repositoryForm } from "./handing-out.ts";

const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : isoAt(ms));

export const accountForm = ({ id, login, type }: Account) => ({
  id,
  login,
  type,
  node_id: `U_${id}`,
  site_admin: false,
  avatar_url: "",
  html_url: `https://github.test/${encodeURIComponent(login)}`,
});

const LABEL_COLOUR = "ededed";
const labelForm = (name: string, index: number) => ({
  id: index + 1,
  name,
  color: LABEL_COLOUR,
  default: false,
  description: null,
});

/** Addresses of one forge. */
function placesOf({ webBase }: Forge) {
  const api = (repo: string) => `${webBase()}/api/v3/repos/${repo}`;
  const web = (repo: string) => `${webBase()}/${repo}`;
  return { api, web };
}
type Places = ReturnType<typeof placesOf>;

function authorOf({ accountOf }: Forge, login: string) {
  const account = accountOf(login);
  return { user: accountForm(account), author_association: account.association };
}

function issueForms(forge: Forge, { api, web }: Places) {
  const placeOf = ({ repo, number, pull }: Issue) => `${web(repo)}/${pull === undefined ? "issues" : "pull"}/${number}`;
  const issue = (row: Issue) => ({
    id: row.id,
    node_id: `I_${row.id}`,
    number: row.number,
    title: row.title,
    body: row.body,
    state: row.state,
    locked: false,
    ...authorOf(forge, row.user),
    labels: row.labels.map(labelForm),
    assignees: (row.assignees ?? []).map((login) => accountForm(forge.accountOf(login))),
    comments: forge.commentsOf(row.repo, row.number).length,
    created_at: isoAt(row.createdAt),
    updated_at: isoAt(row.updatedAt),
    closed_at: isoOrNull(row.closedAt),
    url: `${api(row.repo)}/issues/${row.number}`,
    html_url: placeOf(row),
    ...(row.pull === undefined
      ? {}
      : { pull_request: { url: `${api(row.repo)}/pulls/${row.number}`, html_url: placeOf(row) } }),
  });
  const end = (repo: string, ref: string, sha: string) => {
    const repository = forge.repositoryNamed(repo);
    const owner = repo.split("/")[0] ?? "";
    return {
      label: `${owner}:${ref}`,
      ref,
      sha,
      user: { login: owner },
      repo: repository === undefined ? null : repositoryForm(repository, forge.webBase()),
    };
  };
  const pull = (row: PullIssue) => {
    const { headRepo, headRef, headSha, baseRef, baseSha, isDraft, mergedAt, mergeSha } = row.pull;
    const { pull_request: _, node_id: __, comments, ...shared } = issue(row);
    return {
      ...shared,
      node_id: `PR_${row.id}`,
      url: `${api(row.repo)}/pulls/${row.number}`,
      issue_url: `${api(row.repo)}/issues/${row.number}`,
      diff_url: `${placeOf(row)}.diff`,
      draft: isDraft,
      head: end(headRepo, headRef, headSha),
      base: end(row.repo, baseRef, baseSha),
      merged: mergedAt !== undefined,
      merged_at: isoOrNull(mergedAt),
      merge_commit_sha: mergeSha ?? null,
      mergeable: row.state === "open",
      comments,
      review_comments: forge.spotCommentsOf(row.repo, row.number).length,
      maintainer_can_modify: false,
    };
  };
  return { issue, pull };
}

function talkForms(forge: Forge, { api, web }: Places) {
  const comment = (row: Comment) => ({
    id: row.id,
    node_id: `IC_${row.id}`,
    body: row.body,
    ...authorOf(forge, row.user),
    created_at: isoAt(row.createdAt),
    updated_at: isoAt(row.updatedAt),
    url: `${api(row.repo)}/issues/comments/${row.id}`,
    issue_url: `${api(row.repo)}/issues/${row.number}`,
    html_url: `${web(row.repo)}/issues/${row.number}#issuecomment-${row.id}`,
  });
  const spotComment = ({ spot, ...row }: SpotComment) => ({
    ...comment(row),
    node_id: `PRRC_${row.id}`,
    url: `${api(row.repo)}/pulls/comments/${row.id}`,
    pull_request_url: `${api(row.repo)}/pulls/${row.number}`,
    html_url: `${web(row.repo)}/pull/${row.number}#discussion_r${row.id}`,
    path: spot.path,
    line: spot.line,
    original_line: spot.line,
    start_line: spot.startLine ?? null,
    side: spot.side,
    diff_hunk: spot.diffHunk,
    commit_id: spot.commitId,
    original_commit_id: spot.commitId,
    pull_request_review_id: spot.reviewId,
    subject_type: "line",
    ...(spot.inReplyTo === undefined ? {} : { in_reply_to_id: spot.inReplyTo }),
  });
  const review = (row: Review) => ({
    id: row.id,
    node_id: `PRR_${row.id}`,
    state: row.state,
    body: row.body,
    ...authorOf(forge, row.user),
    submitted_at: isoAt(row.submittedAt),
    commit_id: row.commitId,
    html_url: `${web(row.repo)}/pull/${row.number}#pullrequestreview-${row.id}`,
    pull_request_url: `${api(row.repo)}/pulls/${row.number}`,
  });
  const reaction = ({ id, user, content, createdAt }: Reaction) => ({
    id,
    node_id: `REA_${id}`,
    user: accountForm(forge.accountOf(user)),
    content,
    created_at: isoAt(createdAt),
  });
  return { comment, spotComment, review, reaction };
}

const CHECK_APP = { id: 15_368, slug: "github-actions", name: "GitHub Actions" };

const statusForm = (row: Status) => ({
  id: row.id,
  state: row.state,
  context: row.context,
  description: row.description,
  target_url: row.targetUrl,
  created_at: isoAt(row.createdAt),
  updated_at: isoAt(row.createdAt),
});

function checkForms(forge: Forge, { api, web }: Places) {
  const pullsAt = (repo: string, sha: string) =>
    forge.pullsAt(repo, sha).map(({ id, number, pull: { headRef, baseRef, baseSha } }) => ({
      id,
      number,
      url: `${api(repo)}/pulls/${number}`,
      head: { ref: headRef, sha, repo: { name: repo.split("/")[1] } },
      base: { ref: baseRef, sha: baseSha, repo: { name: repo.split("/")[1] } },
    }));
  const checkRun = (row: CheckRun) => ({
    id: row.id,
    node_id: `CR_${row.id}`,
    name: row.name,
    head_sha: row.sha,
    status: row.status,
    conclusion: row.conclusion ?? null,
    started_at: isoAt(row.startedAt),
    completed_at: isoOrNull(row.completedAt),
    url: `${api(row.repo)}/check-runs/${row.id}`,
    html_url: `${web(row.repo)}/actions/runs/${row.suiteId}/job/${row.id}`,
    details_url: `${web(row.repo)}/actions/runs/${row.suiteId}/job/${row.id}`,
    output: { title: row.name, summary: row.summary, text: null, annotations_count: 0 },
    check_suite: { id: row.suiteId },
    app: CHECK_APP,
    pull_requests: pullsAt(row.repo, row.sha),
  });
  const checkSuite = (row: CheckSuite) => ({
    id: row.id,
    node_id: `CS_${row.id}`,
    head_branch: row.branch,
    head_sha: row.sha,
    ...forge.suiteResult(row),
    updated_at: isoAt(row.updatedAt),
    url: `${api(row.repo)}/check-suites/${row.id}`,
    app: CHECK_APP,
    pull_requests: pullsAt(row.repo, row.sha),
  });
  return { checkRun, checkSuite, status: statusForm };
}

/** Draws forms with the addresses of one forge. */
export function createForms(forge: Forge) {
  const places = placesOf(forge);
  return { ...issueForms(forge, places), ...talkForms(forge, places), ...checkForms(forge, places) };
}
export type Forms = ReturnType<typeof createForms>;
