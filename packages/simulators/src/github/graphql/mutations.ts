/** What `gh` changes by GraphQL: proposals, comments, reviews and issues, each with the permission that GitHub asks for. */
import { GraphQLError } from "graphql";
import { z } from "zod";

import type { Issue } from "../entities.ts";
import { isPull } from "../forge.ts";
import { fullName, type Token } from "../hub.ts";
import type { Github } from "../rest/route.ts";
import { issueNode, pullNode } from "./nodes.ts";

const refused = (type: string, message: string) => new GraphQLError(message, { extensions: { type } });
const withInput =
  <Input>(schema: z.ZodType<Input>, run: (input: Input) => unknown) =>
  (args: unknown) =>
    run(z.object({ input: schema }).parse(args).input);

const text = z.string();
const CreatePull = z.object({
  repositoryId: text,
  title: text,
  body: text.nullish(),
  headRefName: text,
  baseRefName: text,
  draft: z.boolean().nullish(),
});
const CreateIssue = z.object({ repositoryId: text, title: text, body: text.nullish() });
const AddComment = z.object({ subjectId: text, body: text });
const AddReview = z.object({
  pullRequestId: text,
  body: text.nullish(),
  event: z.enum(["APPROVE", "REQUEST_CHANGES", "COMMENT"]).nullish(),
});
const STATE = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED", COMMENT: "COMMENTED" } as const;

/** The mutations that a token may call; another one is refused as not simulated. */
export function mutationsOf({ stage, deeds, openPull }: Github, token: Token) {
  const { forge } = stage;
  const login = forge.bot.login;
  const demand = (...names: string[]) => {
    if (names.some((name) => token.permissions[name] === "write")) return;
    throw refused("FORBIDDEN", "Resource not accessible by integration");
  };
  const repositoryOf = (id: string) => {
    const names = token.repositories;
    const found = names
      .map((name) => forge.repositoryNamed(name))
      .find((row) => row !== undefined && `R_${row.id}` === id);
    if (found === undefined) throw refused("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
    return fullName(found);
  };
  const issueOf = (nodeId: string): Issue => {
    const rows = forge.issues.all().filter(({ repo }) => token.repositories.includes(repo));
    const row = rows.find((issue) => nodeId === `${isPull(issue) ? "PR" : "I"}_${issue.id}`);
    if (row === undefined) throw refused("NOT_FOUND", `Could not resolve to a node with the global id of '${nodeId}'`);
    return row;
  };
  return {
    createPullRequest: withInput(CreatePull, async ({ repositoryId, title, body, headRefName, baseRefName, draft }) => {
      demand("pull_requests");
      const repo = repositoryOf(repositoryId);
      const words = { title, body: body ?? "", head: headRefName, base: baseRefName, isDraft: draft ?? false };
      const made = await openPull({ repo, as: login, ...words });
      if (made === undefined || !isPull(made))
        throw refused("UNPROCESSABLE", "Head sha can't be blank, Base sha can't be blank");
      return { pullRequest: pullNode(stage, made) };
    }),
    createIssue: withInput(CreateIssue, ({ repositoryId, title, body }) => {
      demand("issues");
      const draft = { title, body: body ?? "", user: login, labels: [] };
      return { issue: issueNode(forge, deeds.issues.open(repositoryOf(repositoryId), draft)) };
    }),
    addComment: withInput(AddComment, ({ subjectId, body }) => {
      demand("issues", "pull_requests");
      const issue = issueOf(subjectId);
      const { id } = deeds.comments.comment(issue, login, body);
      const kind = isPull(issue) ? "pull" : "issues";
      const url = `${forge.webBase()}/${issue.repo}/${kind}/${issue.number}#issuecomment-${id}`;
      return { commentEdge: { node: { url } } };
    }),
    addPullRequestReview: withInput(AddReview, async ({ pullRequestId, body, event }) => {
      demand("pull_requests");
      const pull = issueOf(pullRequestId);
      if (!isPull(pull)) throw refused("NOT_FOUND", "this is no pull request");
      const draft = { user: login, state: STATE[event ?? "COMMENT"], body: body ?? "", comments: [] };
      const { review } = await deeds.reviews.review(pull, draft);
      return { clientMutationId: null, pullRequestReview: { id: `PRR_${review.id}` } };
    }),
  };
}
