/** One GraphQL request: validated against GitHub's schema, walked over the store, refused in GitHub's words. */
import { execute, type ExecutionResult, GraphQLError, type GraphQLFieldResolver, parse, validate } from "graphql";
import { z } from "zod";

import type { Answer } from "../../control/serve.ts";
import { isPull } from "../forge.ts";
import type { Token } from "../hub.ts";
import type { Github } from "../rest/route.ts";
import type { Stage } from "../stage.ts";
import { mutationsOf } from "./mutations.ts";
import { connection, issueNode, pullNode, repositoryNode } from "./nodes.ts";
import { githubSchema, RULES } from "./schema.ts";

const Request = z.object({
  query: z.string(),
  variables: z.record(z.string(), z.unknown()).nullish(),
  operationName: z.string().nullish(),
});
const Named = z.object({ owner: z.string(), name: z.string() });
const Numbered = z.object({ number: z.number() });
const Listed = z.looseObject({
  states: z.array(z.string()).nullish(),
  headRefName: z.string().nullish(),
  baseRefName: z.string().nullish(),
});

/** GitHub puts the type of an error beside its message. */
const notFound = (what: string) => new GraphQLError(what, { extensions: { type: "NOT_FOUND" } });

/** Everything below a repository. */
function openRepository(stage: Stage, repo: string) {
  const { forge } = stage;
  const repository = forge.repositoryNamed(repo);
  if (repository === undefined) return undefined;
  const pullOf = (number: number) => {
    const row = forge.issue(repo, number);
    if (!isPull(row)) throw notFound(`Could not resolve to a PullRequest with the number of ${number}.`);
    return pullNode(stage, row);
  };
  const issueOf = (number: number) => {
    const row = forge.issue(repo, number);
    if (row === undefined || isPull(row)) throw notFound(`Could not resolve to an Issue with the number of ${number}.`);
    return issueNode(forge, row);
  };
  return {
    ...repositoryNode(forge, repository),
    pullRequest: (args: unknown) => pullOf(Numbered.parse(args).number),
    issue: (args: unknown) => issueOf(Numbered.parse(args).number),
    issueOrPullRequest: (args: unknown) => {
      const { number } = Numbered.parse(args);
      return isPull(forge.issue(repo, number)) ? pullOf(number) : issueOf(number);
    },
    pullRequests: (args: unknown) => {
      const { states, headRefName, baseRefName } = Listed.parse(args);
      const rows = forge.pullsOf(repo).filter(({ state, pull }) => {
        const is = pull.mergedAt === undefined ? state.toUpperCase() : "MERGED";
        return (
          (states ?? [is]).includes(is) &&
          (headRefName ?? pull.headRef) === pull.headRef &&
          (baseRefName ?? pull.baseRef) === pull.baseRef
        );
      });
      return connection(() => rows.toReversed().map((row) => pullNode(stage, row)))(args);
    },
    issues: (args: unknown) => {
      const { states } = Listed.parse(args);
      const rows = forge
        .issuesOf(repo)
        .filter((row) => !isPull(row) && (states ?? [row.state.toUpperCase()]).includes(row.state.toUpperCase()));
      return connection(() => rows.toReversed().map((row) => issueNode(forge, row)))(args);
    },
  };
}

const rootOf = (stage: Stage, token: Token) => ({
  repository: (args: unknown) => {
    const { owner, name } = Named.parse(args);
    const repo = `${owner}/${name}`.toLowerCase();
    const found = token.repositories.includes(repo) ? openRepository(stage, repo) : undefined;
    if (found === undefined) throw notFound(`Could not resolve to a Repository with the name '${owner}/${name}'.`);
    return found;
  },
  node: (args: unknown) => nodeOf(stage, token, z.object({ id: z.string() }).parse(args).id),
  viewer: {
    __typename: "User",
    id: `U_${stage.forge.bot.id}`,
    login: stage.forge.bot.login,
    name: stage.forge.bot.name,
  },
});

/** The object behind a global id, if the token may see it. */
function nodeOf(stage: Stage, { repositories }: Token, id: string): object | null {
  const rows = stage.forge.issues.all().filter(({ repo }) => repositories.includes(repo));
  const row = rows.find((issue) => id === `${isPull(issue) ? "PR" : "I"}_${issue.id}`);
  if (row === undefined) throw notFound(`Could not resolve to a node with the global id of '${id}'`);
  return isPull(row) ? pullNode(stage, row) : issueNode(stage.forge, row);
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;

/** Reads a field, or says which one is not simulated. */
function createResolver(violate: (what: string) => void): GraphQLFieldResolver<unknown, unknown> {
  return (...[source, args, , { fieldName, parentType }]) => {
    if (!isRecord(source) || !(fieldName in source)) {
      const what = `${parentType.name}.${fieldName} is not simulated`;
      violate(what);
      throw new GraphQLError(what);
    }
    const value = source[fieldName];
    return typeof value === "function" ? value(args) : value;
  };
}

function errorForm({ message, path, locations, extensions }: GraphQLError) {
  const type = extensions["type"];
  return { ...(type === undefined ? {} : { type }), ...(path === undefined ? {} : { path }), locations, message };
}

const bodyOf = ({ data, errors = [] }: Pick<ExecutionResult, "data" | "errors">): Answer => ({
  status: 200,
  body: { ...(data === undefined ? {} : { data }), ...(errors.length === 0 ? {} : { errors: errors.map(errorForm) }) },
});

function parsed(query: string) {
  try {
    return parse(query);
  } catch (err) {
    return err instanceof GraphQLError ? err : new GraphQLError("Parse error");
  }
}

export interface GraphqlCall {
  body: unknown;
  token: Token;
  violate: (what: string) => void;
}

export async function answerGraphql(github: Github, { body, token, violate }: GraphqlCall): Promise<Answer> {
  const request = Request.safeParse(body);
  if (!request.success)
    return { status: 400, body: { message: "A query attribute must be specified and must be a string." } };
  const { query, variables, operationName } = request.data;
  const document = parsed(query);
  if (document instanceof GraphQLError) return bodyOf({ errors: [document] });
  const schema = await githubSchema();
  const errors = validate(schema, document, RULES);
  if (errors.length > 0) {
    violate(errors.map(({ message }) => message).join("; "));
    return bodyOf({ errors });
  }
  const result = await execute({
    schema,
    document,
    rootValue: { ...rootOf(github.stage, token), ...mutationsOf(github, token) },
    variableValues: variables ?? {},
    operationName: operationName ?? null,
    fieldResolver: createResolver(violate),
  });
  return bodyOf(result);
}
