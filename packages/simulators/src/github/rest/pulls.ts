/** Pull requests: what they change, what was said about it, and how they end. */
import { z } from "zod";

import { changedFiles, readCommits } from "../commits.ts";
import { type PullIssue, ReviewState } from "../entities.ts";
import { fault } from "../handing-out.ts";
import {
  created,
  gone,
  invalid,
  notFound,
  ok,
  paged,
  type Route,
  route,
  type RouteContext,
  withBody,
  withPull,
  withSpotComment,
} from "./route.ts";

const PULLS = ["pull_requests"];
const Body = z.object({ body: z.string().min(1).max(65_536) });
const Draft = z.object({
  title: z.string().min(1).max(256),
  head: z.string().min(1),
  base: z.string().min(1),
  body: z.string().nullish(),
  draft: z.boolean().default(false),
});
const Change = z.object({
  title: z.string().min(1).optional(),
  body: z.string().optional(),
  state: z.enum(["open", "closed"]).optional(),
});
const Spot = z.object({
  path: z.string(),
  line: z.number().int().min(1),
  body: z.string().min(1),
  side: z.enum(["LEFT", "RIGHT"]).optional(),
  start_line: z.number().int().optional(),
});
const EVENT_STATE = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;
const Review = z.object({
  body: z.string().default(""),
  event: z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]).default("COMMENT"),
  comments: z.array(Spot).default([]),
});

const spotDraft = ({ start_line, ...rest }: z.infer<typeof Spot>) => ({ ...rest, startLine: start_line });

function listed(context: RouteContext) {
  const { state = "open", head, base } = context.query;
  return context.stage.forge.pullsOf(context.repo).filter(({ state: is, pull }) => {
    const label = `${pull.headRepo.split("/")[0]}:${pull.headRef}`;
    return (state === "all" || is === state) && (head ?? label) === label && (base ?? pull.baseRef) === pull.baseRef;
  });
}

async function filesOf({ repository }: RouteContext, { pull }: PullIssue) {
  const files = await changedFiles(repository.directory, pull.baseSha, pull.headSha);
  return files.map((file) => ({ ...file, sha: pull.headSha, changes: file.additions + file.deletions }));
}

async function open(context: RouteContext, draft: z.infer<typeof Draft>) {
  const { openPull, stage, repo, login } = context;
  const { head, base } = draft;
  const label = head.includes(":") ? head : `${repo.split("/")[0]}:${head}`;
  const twice = listed({ ...context, query: { head: label, base } });
  if (twice.length > 0)
    return invalid([
      { resource: "PullRequest", code: "custom", message: `A pull request already exists for ${label}.` },
    ]);
  const made = await openPull({
    repo,
    as: login,
    title: draft.title,
    body: draft.body ?? "",
    head,
    base,
    isDraft: draft.draft,
  });
  if (made?.pull === undefined) return invalid([{ resource: "PullRequest", field: "head", code: "invalid" }]);
  return created(stage.forms.pull({ ...made, pull: made.pull }));
}

const shown = ({ stage, repo, params }: RouteContext) => {
  const row = stage.forge.issue(repo, Number(params["number"]));
  return row?.pull === undefined ? notFound : ok(stage.forms.pull({ ...row, pull: row.pull }));
};

const reviewRoutes: readonly Route[] = [
  route(
    "GET /pulls/:number/reviews",
    PULLS,
    withPull((context, { repo, number }) =>
      paged(context, context.stage.forge.reviewsOf(repo, number).map(context.stage.forms.review)),
    ),
  ),
  route(
    "POST /pulls/:number/reviews",
    PULLS,
    withPull((context, pull) =>
      withBody(Review, async ({ deeds, stage, login }, { body, event, comments }) => {
        const draft = {
          user: login,
          state: ReviewState.parse(EVENT_STATE[event]),
          body,
          comments: comments.map(spotDraft),
        };
        return ok(stage.forms.review((await deeds.reviews.review(pull, draft)).review));
      })(context),
    ),
  ),
  route(
    "GET /pulls/:number/comments",
    PULLS,
    withPull((context, { repo, number }) =>
      paged(context, context.stage.forge.spotCommentsOf(repo, number).map(context.stage.forms.spotComment)),
    ),
  ),
  route(
    "POST /pulls/:number/comments/:id/replies",
    PULLS,
    withPull((context, pull) =>
      withSpotComment((_, comment) =>
        withBody(Body, ({ deeds, stage, login }, { body }) => {
          const row = deeds.reviews.reply(pull, comment, { user: login, body });
          return row.spot === undefined ? notFound : created(stage.forms.spotComment({ ...row, spot: row.spot }));
        })(context),
      )(context),
    ),
  ),
  route(
    "GET /pulls/comments/:id",
    PULLS,
    withSpotComment(({ stage }, comment) => ok(stage.forms.spotComment(comment))),
  ),
  route(
    "PATCH /pulls/comments/:id",
    PULLS,
    withSpotComment((context, { spot, ...comment }) =>
      withBody(Body, ({ deeds, stage, login }, { body }) =>
        ok(stage.forms.spotComment({ ...deeds.comments.edit({ ...comment, spot }, login, body), spot })),
      )(context),
    ),
  ),
  route(
    "DELETE /pulls/comments/:id",
    PULLS,
    withSpotComment(({ deeds, login }, comment) => {
      deeds.comments.remove(comment, login);
      return gone;
    }),
  ),
];

export const pullRoutes: readonly Route[] = [
  route("GET /pulls", PULLS, (context) => paged(context, listed(context).toReversed().map(context.stage.forms.pull))),
  route("POST /pulls", PULLS, withBody(Draft, open)),
  route("GET /pulls/:number", PULLS, withPull(shown)),
  route(
    "PATCH /pulls/:number",
    PULLS,
    withPull((context, pull) =>
      withBody(Change, ({ deeds, login }, change) => {
        const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
        deeds.issues.change(pull, login, given);
        return shown(context);
      })(context),
    ),
  ),
  route(
    "GET /pulls/:number/files",
    PULLS,
    withPull(async (context, pull) => paged(context, await filesOf(context, pull))),
  ),
  route(
    "GET /pulls/:number/commits",
    PULLS,
    withPull(async (context, { pull }) => {
      const commits = await readCommits(context.repository.directory, `${pull.baseSha}..${pull.headSha}`, 250);
      const forms = commits.toReversed().map(({ sha, message, name, email, at }) => {
        const who = { name, email, date: at };
        return { sha, commit: { message, author: who, committer: who } };
      });
      return paged(context, forms);
    }),
  ),
  route(
    "PUT /pulls/:number/merge",
    PULLS,
    withPull(async ({ deeds, login }, pull) => {
      if (pull.state === "closed") return fault(405, "Pull Request is not mergeable");
      const sha = await deeds.pushing.merge(pull, login);
      return sha === undefined
        ? fault(405, "Pull Request is not mergeable")
        : ok({ sha, merged: true, message: "Pull Request successfully merged" });
    }),
  ),
  ...reviewRoutes,
];
