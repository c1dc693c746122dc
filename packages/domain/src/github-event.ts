/** What Thor keeps of a GitHub delivery: ids, names and words that the agent needs, in the order of the prompt. */
import { z } from "zod";

const id = z.number().int().positive();
const sha = z.string().regex(/^[0-9a-f]{40,64}$/);
const fullName = z
  .string()
  .max(200)
  .regex(/^[\w-]+\/[\w.-]+$/, "must be owner/name");
/** GitHub writes null where it has nothing to say, and the agent should read that it said so. */
const text = z.string().nullish();

const Account = z.object({ id: id.optional(), login: z.string().min(1).max(100), type: z.string().max(40).optional() });
const author = Account.nullish();
const labels = z.array(z.object({ name: z.string() })).optional();

const Issue = z.object({
  number: id,
  title: z.string(),
  body: text,
  state: text,
  html_url: text,
  labels,
  user: author,
  author_association: text,
  pull_request: z.object({ html_url: text }).nullish(),
});

const branchName = z.string().max(512).regex(/^\S+$/);
const PullRequest = z.object({
  number: id,
  title: z.string(),
  body: text,
  state: text,
  draft: z.boolean().nullish(),
  html_url: text,
  labels,
  user: author,
  author_association: text,
  /** A head without repository is one that was deleted. */
  head: z.object({ ref: branchName, sha, repo: z.object({ full_name: fullName }).nullish() }),
  base: z.object({ ref: branchName, repo: z.object({ full_name: fullName }) }),
  merged: z.boolean().nullish(),
  merged_at: text,
  merge_commit_sha: text,
  closed_at: text,
});

const line = z.number().int().nullish();
const Comment = z.object({
  id,
  body: z.string(),
  html_url: text,
  created_at: text,
  updated_at: text,
  author_association: text,
  user: author,
  path: text,
  line,
  start_line: line,
  side: text,
  diff_hunk: text,
  commit_id: text,
  in_reply_to_id: id.nullish(),
  pull_request_review_id: id.nullish(),
});

const Review = z.object({
  id,
  state: text,
  body: text,
  html_url: text,
  submitted_at: text,
  commit_id: text,
  author_association: text,
  user: author,
});

const CheckSuite = z.object({
  id,
  head_sha: sha,
  head_branch: branchName.nullish(),
  conclusion: text,
  status: text,
  updated_at: text,
  app: z.object({ slug: text }).nullish(),
  pull_requests: z.array(z.object({ number: id, head: z.object({ ref: branchName, sha }) })),
});

const common = {
  installation: z.object({ id }).optional(),
  repository: z.object({ id, full_name: fullName, default_branch: branchName.optional(), private: z.boolean() }),
  sender: z.object({ id, login: z.string().min(1).max(100), type: z.string().max(40).optional() }),
};
const ofComment = z.enum(["created", "edited", "deleted"]);

/** What Thor adds to a delivery while it travels. */
const added = {
  edited: z.boolean().optional(),
  untrusted_fields: z.array(z.string()).optional(),
  thor: z
    .object({
      pull_request: z.object({
        head_ref: z.string(),
        head_sha: z.string(),
        base_ref: text,
        draft: z.boolean().nullish(),
      }),
      pr_checks: z.object({ command: z.string(), stdout: z.string(), stderr: z.string(), exitCode: z.number() }),
      pr_checks_summary: z.array(z.record(z.string(), z.string())),
      sync: z.record(z.string(), z.string()),
    })
    .partial()
    .optional(),
};

/** The payload of an event row whose source is `github`, and (without what Thor adds) the delivery itself. */
export const GithubEvent = z.discriminatedUnion("event_type", [
  z.object({
    event_type: z.literal("issue_comment"),
    action: ofComment,
    ...common,
    issue: Issue,
    comment: Comment,
    ...added,
  }),
  z.object({
    event_type: z.literal("pull_request_review_comment"),
    action: ofComment,
    ...common,
    pull_request: PullRequest,
    comment: Comment,
    ...added,
  }),
  z.object({
    event_type: z.literal("pull_request_review"),
    action: z.literal("submitted"),
    ...common,
    pull_request: PullRequest,
    review: Review,
    ...added,
  }),
  z.object({
    event_type: z.literal("pull_request"),
    action: z.literal("closed"),
    ...common,
    pull_request: PullRequest,
    ...added,
  }),
  z.object({
    event_type: z.literal("check_suite"),
    action: z.literal("completed"),
    ...common,
    check_suite: CheckSuite,
    ...added,
  }),
  z.object({
    event_type: z.literal("push"),
    ...common,
    ref: z.string().max(1024).regex(/^\S+$/),
    before: sha,
    after: sha,
    created: z.boolean().optional(),
    deleted: z.boolean().optional(),
    forced: z.boolean().optional(),
    pusher: z.object({ name: text }).nullish(),
    head_commit: z.object({ id: sha, message: text, url: text, timestamp: text }).nullish(),
    commits: z.array(z.object({ id: sha })).optional(),
    ...added,
  }),
]);
export type GithubEvent = z.infer<typeof GithubEvent>;
