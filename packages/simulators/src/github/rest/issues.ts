/** Issues, their comments, and reactions to either. */
import { z } from "zod";

import { ReactionContent } from "../entities.ts";
import { issueKey } from "../forge.ts";
import {
  created,
  gone,
  notFound,
  ok,
  paged,
  type Route,
  route,
  type RouteContext,
  withBody,
  withComment,
  withIssue,
  withSpotComment,
} from "./route.ts";

const ISSUES = ["issues"];
const EITHER = ["issues", "pull_requests"];
const Body = z.object({ body: z.string().min(1).max(65_536) });
const Draft = z.object({
  title: z.string().min(1).max(256),
  body: z.string().max(65_536).nullish(),
  labels: z.array(z.string()).default([]),
  assignees: z.array(z.string()).optional(),
});
const Change = z.object({
  title: z.string().min(1).optional(),
  body: z.string().optional(),
  state: z.enum(["open", "closed"]).optional(),
  labels: z.array(z.string()).optional(),
});
const React = z.object({ content: ReactionContent });

const stateWanted = ({ query }: RouteContext) => query["state"] ?? "open";

function reactionRoutes(
  path: string,
  permissions: readonly string[],
  withSubject: (run: (context: RouteContext, subject: string) => ReturnType<Route["run"]>) => Route["run"],
): Route[] {
  return [
    route(
      `GET /${path}/reactions`,
      permissions,
      withSubject((context, subject) =>
        paged(context, context.stage.forge.reactionsOn(subject).map(context.stage.forms.reaction)),
      ),
    ),
    route(
      `POST /${path}/reactions`,
      permissions,
      withSubject((context, subject) =>
        withBody(React, ({ deeds, stage, login }, { content }) => {
          const { row, isNew } = deeds.reactions.react(subject, login, content);
          return (isNew ? created : ok)(stage.forms.reaction(row));
        })(context),
      ),
    ),
    route(
      `DELETE /${path}/reactions/:reaction`,
      permissions,
      withSubject(({ stage, deeds, params, login }, subject) => {
        const row = stage.forge
          .reactionsOn(subject)
          .find(({ id, user }) => String(id) === params["reaction"] && user === login);
        if (row === undefined) return notFound;
        deeds.reactions.unreact(row);
        return gone;
      }),
    ),
  ];
}

export const issueRoutes: readonly Route[] = [
  route("GET /issues", ISSUES, (context) => {
    const { forge, forms } = context.stage;
    const wanted = stateWanted(context);
    const rows = forge.issuesOf(context.repo).filter(({ state }) => wanted === "all" || state === wanted);
    return paged(context, rows.toReversed().map(forms.issue));
  }),
  route(
    "POST /issues",
    ISSUES,
    withBody(Draft, ({ deeds, stage, repo, login }, { title, body, labels }) =>
      created(stage.forms.issue(deeds.issues.open(repo, { title, body: body ?? "", labels, user: login }))),
    ),
  ),
  route(
    "GET /issues/:number",
    EITHER,
    withIssue(({ stage }, issue) => ok(stage.forms.issue(issue))),
  ),
  route(
    "PATCH /issues/:number",
    EITHER,
    withIssue((context, issue) =>
      withBody(Change, ({ deeds, stage, login }, change) => {
        const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined));
        return ok(stage.forms.issue(deeds.issues.change(issue, login, given)));
      })(context),
    ),
  ),
  route(
    "POST /issues/:number/assignees",
    EITHER,
    withIssue((context, issue) =>
      withBody(z.object({ assignees: z.array(z.string()) }), ({ deeds, stage }, { assignees }) => {
        const all = [...new Set([...(issue.assignees ?? []), ...assignees])];
        return created(stage.forms.issue(deeds.issues.save({ ...issue, assignees: all })));
      })(context),
    ),
  ),
  route(
    "GET /issues/:number/labels",
    EITHER,
    withIssue(({ stage }, issue) => ok(stage.forms.issue(issue).labels)),
  ),
  route(
    "POST /issues/:number/labels",
    EITHER,
    withIssue((context, issue) =>
      withBody(z.object({ labels: z.array(z.string()) }), ({ deeds, stage, login }, { labels }) => {
        const all = [...new Set([...issue.labels, ...labels])];
        return ok(stage.forms.issue(deeds.issues.change(issue, login, { labels: all })).labels);
      })(context),
    ),
  ),
  route(
    "GET /issues/:number/comments",
    EITHER,
    withIssue((context, { repo, number }) =>
      paged(context, context.stage.forge.commentsOf(repo, number).map(context.stage.forms.comment)),
    ),
  ),
  route(
    "POST /issues/:number/comments",
    EITHER,
    withIssue((context, issue) =>
      withBody(Body, ({ deeds, stage, login }, { body }) =>
        created(stage.forms.comment(deeds.comments.comment(issue, login, body))),
      )(context),
    ),
  ),
  route(
    "GET /issues/comments/:id",
    EITHER,
    withComment(({ stage }, comment) => ok(stage.forms.comment(comment))),
  ),
  route(
    "PATCH /issues/comments/:id",
    EITHER,
    withComment((context, comment) =>
      withBody(Body, ({ deeds, stage, login }, { body }) =>
        ok(stage.forms.comment(deeds.comments.edit(comment, login, body))),
      )(context),
    ),
  ),
  route(
    "DELETE /issues/comments/:id",
    EITHER,
    withComment(({ deeds, login }, comment) => {
      deeds.comments.remove(comment, login);
      return gone;
    }),
  ),
  ...reactionRoutes("issues/:number", EITHER, (run) =>
    withIssue((context, { repo, number }) => run(context, `issue/${issueKey(repo, number)}`)),
  ),
  ...reactionRoutes("issues/comments/:id", EITHER, (run) =>
    withComment((context, { id }) => run(context, `comment/${id}`)),
  ),
  ...reactionRoutes("pulls/comments/:id", ["pull_requests"], (run) =>
    withSpotComment((context, { id }) => run(context, `comment/${id}`)),
  ),
];
