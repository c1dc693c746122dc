/** Deliveries as GitHub writes them, cut to what Thor reads. */
export const BOT_ID = 4242;
export const INSTALLATION = 77;
const REPO = "acme/demo";

const ALICE = { id: 11, login: "alice", type: "User" };
const BASE = {
  installation: { id: INSTALLATION },
  repository: { id: 1, full_name: REPO, default_branch: "main", private: true },
  sender: ALICE,
};
const SHA = "a".repeat(40);

export const pullRequest = (more: object = {}) => ({
  number: 7,
  title: "Add a feature",
  body: "It adds a feature.",
  state: "open",
  draft: false,
  user: ALICE,
  author_association: "MEMBER",
  head: { ref: "feature", sha: SHA, repo: { full_name: REPO } },
  base: { ref: "main", repo: { full_name: REPO } },
  ...more,
});

let lastId = 1000;
const comment = (body: string, more: object = {}) => {
  lastId += 1;
  return { id: lastId, body, author_association: "MEMBER", user: ALICE, ...more };
};

export const issueComment = (
  body: string,
  more: { comment?: object; issue?: object; action?: string; sender?: object } = {},
) => ({
  ...BASE,
  action: "created",
  ...more,
  issue: { number: 5, title: "A bug", body: "It breaks.", user: ALICE, author_association: "MEMBER", ...more.issue },
  comment: comment(body, more.comment),
});
export const onPullRequest = (body: string, more: object = {}) =>
  issueComment(body, {
    issue: { number: 7, pull_request: { html_url: "https://github.com/acme/demo/pull/7" } },
    ...more,
  });

export const reviewComment = (body: string, more: { comment?: object; pull_request?: object } = {}) => ({
  ...BASE,
  action: "created",
  ...more,
  pull_request: pullRequest(more.pull_request),
  comment: comment(body, { path: "src/a.ts", line: 3, diff_hunk: "@@ -1 +1 @@", in_reply_to_id: 9, ...more.comment }),
});
export const review = (body: string | null, more: { pull_request?: object; sender?: object } = {}) => ({
  ...BASE,
  action: "submitted",
  ...more,
  pull_request: pullRequest(more.pull_request),
  review: { id: comment("").id, state: "commented", body, author_association: "MEMBER", user: ALICE },
});
export const closedRequest = (more: object = {}) => ({
  ...BASE,
  action: "closed",
  pull_request: pullRequest({ state: "closed", merged: false, merged_at: null, ...more }),
});
export const checkSuite = (more: object = {}) => ({
  ...BASE,
  action: "completed",
  check_suite: {
    id: comment("").id,
    head_sha: SHA,
    head_branch: "feature",
    conclusion: "success",
    status: "completed",
    pull_requests: [{ number: 7, head: { ref: "feature", sha: SHA } }],
    ...more,
  },
});
export const push = (ref: string, more: object = {}) => ({
  ...BASE,
  ref,
  before: SHA,
  after: "b".repeat(40),
  ...more,
});
