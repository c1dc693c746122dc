/** Everything that can happen to issues, pull requests, comments and checks; each is stored, then told by webhook. */
import { changedFiles, hunkAt } from "./commits.ts";
import type { CheckRun, Comment, Issue, PullIssue, Reaction, Review, SpotComment, Status } from "./entities.ts";
import { issueKey, isPull } from "./forge.ts";
import type { Stage } from "./stage.ts";

export interface SpotDraft {
  path: string;
  line: number;
  body: string;
  side?: "LEFT" | "RIGHT" | undefined;
  startLine?: number | undefined;
}

export interface ReviewDraft {
  user: string;
  state: Review["state"];
  body: string;
  comments: readonly SpotDraft[];
}

export interface CheckDraft {
  repo: string;
  sha: string;
  branch: string | null;
  name: string;
  workflow: string;
  status: CheckRun["status"];
  conclusion?: CheckRun["conclusion"];
  summary: string;
}

/** Comments below and at the changes. */
export function createCommentDeeds({ forge, forms, emit }: Stage) {
  const tell = (action: string, { row, by }: { row: Comment; by: string }, more: object = {}) => {
    const issue = forge.issue(row.repo, row.number);
    if (issue === undefined) return;
    if (row.spot !== undefined && isPull(issue)) {
      const comment = forms.spotComment({ ...row, spot: row.spot });
      emit(
        "pull_request_review_comment",
        { action, comment, pull_request: forms.pull(issue), ...more },
        { ...row, by },
      );
    } else
      emit(
        "issue_comment",
        { action, issue: forms.issue(issue), comment: forms.comment(row), ...more },
        { ...row, by },
      );
  };
  return {
    tell,
    comment: ({ repo, number }: Issue, user: string, body: string): Comment => {
      const at = forge.now();
      const row: Comment = { id: forge.nextId(), repo, number, user, body, createdAt: at, updatedAt: at };
      forge.comments.put(String(row.id), row);
      tell("created", { row, by: user });
      return row;
    },
    edit: (before: Comment, by: string, body: string): Comment => {
      const row = forge.comments.put(String(before.id), { ...before, body, updatedAt: forge.now() });
      tell("edited", { row, by }, { changes: { body: { from: before.body } } });
      return row;
    },
    remove: (row: Comment, by: string): void => {
      forge.comments.remove(String(row.id));
      tell("deleted", { row, by });
    },
  };
}

/** Reviews arrive as one delivery for the review and one for each of its comments. */
export function createReviewDeeds(
  { forge, forms, emit, directoryOf }: Stage,
  tell: ReturnType<typeof createCommentDeeds>["tell"],
) {
  const place = async (pull: PullIssue, user: string, { draft, reviewId }: { draft: SpotDraft; reviewId: number }) => {
    const { headSha, baseSha } = pull.pull;
    const files = await changedFiles(directoryOf(pull.repo), baseSha, headSha);
    const patch = files.find(({ filename }) => filename === draft.path)?.patch ?? "";
    const at = forge.now();
    const { path, line, body, side = "RIGHT", startLine } = draft;
    const spot = { path, line, side, diffHunk: hunkAt(patch, line), commitId: headSha, reviewId };
    const row = { id: forge.nextId(), repo: pull.repo, number: pull.number, user, body, createdAt: at, updatedAt: at };
    const placed = { ...row, spot: startLine === undefined ? spot : { ...spot, startLine } };
    return forge.comments.put(String(row.id), placed);
  };
  const submit = (pull: PullIssue, { user, state, body }: Omit<ReviewDraft, "comments">): Review => {
    const { repo, number } = pull;
    const base = { id: forge.nextId(), repo, number, user, state, body };
    const row: Review = { ...base, submittedAt: forge.now(), commitId: pull.pull.headSha };
    forge.reviews.put(String(row.id), row);
    // Webhooks write the state in small letters, the API in capitals.
    const review = { ...forms.review(row), state: state.toLowerCase() };
    emit("pull_request_review", { action: "submitted", review, pull_request: forms.pull(pull) }, { repo, by: user });
    return row;
  };
  return {
    review: async (pull: PullIssue, draft: ReviewDraft) => {
      const review = submit(pull, draft);
      const comments: Comment[] = [];
      for (const spot of draft.comments)
        comments.push(await place(pull, draft.user, { draft: spot, reviewId: review.id }));
      for (const row of comments) tell("created", { row, by: draft.user });
      return { review, comments };
    },
    reply: (pull: PullIssue, to: SpotComment, { user, body }: { user: string; body: string }): Comment => {
      const at = forge.now();
      const review = submit(pull, { user, state: "COMMENTED", body: "" });
      const spot = { ...to.spot, inReplyTo: to.spot.inReplyTo ?? to.id, reviewId: review.id };
      const row = {
        id: forge.nextId(),
        repo: pull.repo,
        number: pull.number,
        user,
        body,
        createdAt: at,
        updatedAt: at,
        spot,
      };
      forge.comments.put(String(row.id), row);
      tell("created", { row, by: user });
      return row;
    },
  };
}

export interface IssueDraft {
  title: string;
  body: string;
  user: string;
  labels: string[];
  pull?: Issue["pull"];
}

/** Issues and pull requests themselves. */
export function createIssueDeeds({ forge, forms, emit }: Stage) {
  const tell = (action: string, row: Issue, { by, more = {} }: { by: string; more?: object }) => {
    const body = isPull(row) ? { number: row.number, pull_request: forms.pull(row) } : { issue: forms.issue(row) };
    emit(isPull(row) ? "pull_request" : "issues", { action, ...body, ...more }, { repo: row.repo, by });
  };
  const save = (row: Issue) => forge.issues.put(issueKey(row.repo, row.number), row);
  return {
    tell,
    open: (repo: string, draft: IssueDraft): Issue => {
      const at = forge.now();
      const base = { id: forge.nextId(), repo, number: forge.nextNumber(repo), state: "open" as const };
      const row = save({ ...base, ...draft, createdAt: at, updatedAt: at });
      tell("opened", row, { by: draft.user });
      return row;
    },
    /** Closing, opening again and new words; told as what it is. */
    change: (
      before: Issue,
      by: string,
      change: Partial<Pick<Issue, "title" | "body" | "state" | "labels" | "pull">>,
    ) => {
      const at = forge.now();
      const { closedAt: _, ...open } = { ...before, ...change, updatedAt: at };
      const row = save(open.state === "closed" ? { ...open, closedAt: before.closedAt ?? at } : open);
      const hasTurned = change.state !== undefined && change.state !== before.state;
      const turned = change.state === "closed" ? "closed" : "reopened";
      tell(hasTurned ? turned : "edited", row, hasTurned ? { by } : { by, more: { changes: {} } });
      return row;
    },
    save,
  };
}

/** Reactions have no webhook, as on GitHub; a second equal one is the first. */
export function createReactionDeeds({ forge }: Stage) {
  return {
    react: (subject: string, user: string, content: Reaction["content"]) => {
      const same = forge.reactionsOn(subject).find((row) => row.user === user && row.content === content);
      if (same !== undefined) return { row: same, isNew: false };
      const row = { id: forge.nextId(), subject, user, content, createdAt: forge.now() };
      return { row: forge.reactions.put(String(row.id), row), isNew: true };
    },
    unreact: (row: Reaction) => forge.reactions.remove(String(row.id)),
  };
}

/** Checks: a suite for each commit, told when the last of its runs has ended. */
export function createCheckDeeds({ forge, forms, emit }: Stage) {
  const suiteOf = ({ repo, sha, branch }: CheckDraft) => {
    const suite = forge.suitesAt(repo, sha)[0] ?? { id: forge.nextId(), repo, sha, branch, updatedAt: forge.now() };
    return forge.checkSuites.put(String(suite.id), { ...suite, updatedAt: forge.now() });
  };
  return {
    check: (draft: CheckDraft, by: string): CheckRun => {
      const suite = suiteOf(draft);
      const same = forge
        .runsOf(suite.id)
        .find(({ name, workflow }) => name === draft.name && workflow === draft.workflow);
      const { repo, sha, name, workflow, status, conclusion = "success", summary } = draft;
      const at = forge.now();
      const ended = status === "completed" ? { conclusion, completedAt: at } : {};
      const base = { id: same?.id ?? forge.nextId(), suiteId: suite.id, repo, sha, name, workflow, status, summary };
      const row: CheckRun = { ...base, startedAt: same?.startedAt ?? at, ...ended };
      forge.checkRuns.put(String(row.id), row);
      const action = status === "completed" ? "completed" : "created";
      emit("check_run", { action, check_run: forms.checkRun(row) }, { repo, by });
      if (forge.suiteResult(suite).status === "completed")
        emit("check_suite", { action: "completed", check_suite: forms.checkSuite(suite) }, { repo, by });
      return row;
    },
    status: (draft: Omit<Status, "id" | "createdAt">, by: string): Status => {
      const row = { ...draft, id: forge.nextId(), createdAt: forge.now() };
      forge.statuses.put(String(row.id), row);
      emit("status", { ...forms.status(row), sha: row.sha, name: row.repo }, { repo: row.repo, by });
      return row;
    },
  };
}
