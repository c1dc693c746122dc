/** What repositories collect beside git, as stored. */
import { z } from "zod";

export const Account = z.object({
  id: z.number(),
  login: z.string(),
  type: z.enum(["User", "Bot"]),
  name: z.string(),
  email: z.string(),
  association: z.enum(["OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR", "NONE"]),
});
export type Account = z.infer<typeof Account>;

const Pull = z.object({
  /** The repository of the head; its owner stays known when the repository is gone. */
  headRepo: z.string(),
  headRef: z.string(),
  headSha: z.string(),
  baseRef: z.string(),
  baseSha: z.string(),
  isDraft: z.boolean(),
  mergedAt: z.number().optional(),
  mergeSha: z.string().optional(),
});

/** An issue, or a pull request, which is an issue with branches. */
export const Issue = z.object({
  id: z.number(),
  repo: z.string(),
  number: z.number(),
  title: z.string(),
  body: z.string(),
  user: z.string(),
  state: z.enum(["open", "closed"]),
  labels: z.array(z.string()),
  assignees: z.array(z.string()).optional(),
  createdAt: z.number(),
  updatedAt: z.number(),
  closedAt: z.number().optional(),
  pull: Pull.optional(),
});
export type Issue = z.infer<typeof Issue>;
export type PullIssue = Issue & { pull: z.infer<typeof Pull> };

const Spot = z.object({
  path: z.string(),
  line: z.number(),
  startLine: z.number().optional(),
  side: z.enum(["LEFT", "RIGHT"]),
  diffHunk: z.string(),
  commitId: z.string(),
  inReplyTo: z.number().optional(),
  reviewId: z.number(),
});

/** A comment below an issue or pull request, or at a spot of a pull request's changes. */
export const Comment = z.object({
  id: z.number(),
  repo: z.string(),
  number: z.number(),
  user: z.string(),
  body: z.string(),
  createdAt: z.number(),
  updatedAt: z.number(),
  spot: Spot.optional(),
});
export type Comment = z.infer<typeof Comment>;
export type SpotComment = Comment & { spot: z.infer<typeof Spot> };

export const ReviewState = z.enum(["APPROVED", "CHANGES_REQUESTED", "COMMENTED"]);
export const Review = z.object({
  id: z.number(),
  repo: z.string(),
  number: z.number(),
  user: z.string(),
  state: ReviewState,
  body: z.string(),
  submittedAt: z.number(),
  commitId: z.string(),
});
export type Review = z.infer<typeof Review>;

export const ReactionContent = z.enum(["+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"]);
export const Reaction = z.object({
  id: z.number(),
  /** `issue/acme/demo#1` or `comment/12`. */
  subject: z.string(),
  user: z.string(),
  content: ReactionContent,
  createdAt: z.number(),
});
export type Reaction = z.infer<typeof Reaction>;

export const Conclusion = z.enum([
  "success",
  "failure",
  "neutral",
  "cancelled",
  "skipped",
  "timed_out",
  "action_required",
  "stale",
  "startup_failure",
]);
export const CheckRun = z.object({
  id: z.number(),
  suiteId: z.number(),
  repo: z.string(),
  sha: z.string(),
  name: z.string(),
  workflow: z.string(),
  status: z.enum(["queued", "in_progress", "completed"]),
  conclusion: Conclusion.optional(),
  summary: z.string(),
  startedAt: z.number(),
  completedAt: z.number().optional(),
});
export type CheckRun = z.infer<typeof CheckRun>;

export const CheckSuite = z.object({
  id: z.number(),
  repo: z.string(),
  sha: z.string(),
  branch: z.string().nullable(),
  updatedAt: z.number(),
});
export type CheckSuite = z.infer<typeof CheckSuite>;

export const Status = z.object({
  id: z.number(),
  repo: z.string(),
  sha: z.string(),
  context: z.string(),
  state: z.enum(["error", "failure", "pending", "success"]),
  description: z.string(),
  targetUrl: z.string(),
  createdAt: z.number(),
});
export type Status = z.infer<typeof Status>;

const person = (id: number, login: string, association: Account["association"]): Account => ({
  id,
  login,
  type: "User",
  name: login.slice(0, 1).toUpperCase() + login.slice(1),
  email: `${login}@acme.test`,
  association,
});

/** Everybody but the App's own bot. */
export const ACCOUNTS: readonly Account[] = [
  person(2001, "alice", "OWNER"),
  person(2002, "bob", "MEMBER"),
  person(2003, "carol", "COLLABORATOR"),
  person(2004, "mallory", "NONE"),
  { ...person(2005, "dependabot[bot]", "NONE"), type: "Bot", name: "dependabot" },
];
