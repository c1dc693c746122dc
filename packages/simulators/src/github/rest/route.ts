/** What a route of the REST API is: where, what a token must be allowed, and what it does. */
import { z } from "zod";

import type { Answer } from "../../control/serve.ts";
import type { createOpenPull, Deeds } from "../act.ts";
import type { Comment, Issue, PullIssue, SpotComment } from "../entities.ts";
import { isPull } from "../forge.ts";
import { DOCS, fault } from "../handing-out.ts";
import type { Repository } from "../hub.ts";
import type { Stage } from "../stage.ts";

export interface Github {
  stage: Stage;
  deeds: Deeds;
  openPull: ReturnType<typeof createOpenPull>;
}

export interface RouteContext extends Github {
  repository: Repository;
  /** Full name. */
  repo: string;
  params: Readonly<Record<string, string>>;
  query: Readonly<Record<string, string>>;
  body: unknown;
  /** The address that was asked, for links to other pages. */
  url: string;
  /** Whose token it is. */
  login: string;
}

export interface Route {
  verb: "GET" | "POST" | "PATCH" | "PUT" | "DELETE";
  /** Below `/repos/:owner/:repo`. */
  path: string;
  /** Any one of these is enough: to read for GET, to write otherwise. */
  permissions: readonly string[];
  run: (context: RouteContext) => Answer | Promise<Answer>;
}

export const route = (
  place: `${Route["verb"]} /${string}`,
  permissions: readonly string[],
  run: Route["run"],
): Route => {
  const [verb, path = ""] = place.split(" ");
  return { verb: z.enum(["GET", "POST", "PATCH", "PUT", "DELETE"]).parse(verb), path, permissions, run };
};

export const ok = (body: unknown): Answer => ({ status: 200, body });
export const created = (body: unknown): Answer => ({ status: 201, body });
export const gone: Answer = { status: 204, body: "" };
export const notFound = fault(404, "Not Found");

/** What was asked does not fit, in GitHub's form. */
export function invalid(errors: readonly object[]): Answer {
  return { status: 422, body: { message: "Validation Failed", errors, documentation_url: DOCS, status: "422" } };
}

/** Runs with the parsed body, or refuses it. */
export function withBody<Body>(
  schema: z.ZodType<Body>,
  run: (context: RouteContext, body: Body) => Answer | Promise<Answer>,
) {
  return (context: RouteContext): Answer | Promise<Answer> => {
    const parsed = schema.safeParse(context.body ?? {});
    if (parsed.success) return run(context, parsed.data);
    return invalid(
      parsed.error.issues.map(({ path, message }) => ({ field: path.join("."), code: "invalid", message })),
    );
  };
}

const numberOf = ({ params }: RouteContext, name = "number") => Number(params[name]);

export function withIssue(run: (context: RouteContext, issue: Issue) => Answer | Promise<Answer>) {
  return (context: RouteContext) => {
    const issue = context.stage.forge.issue(context.repo, numberOf(context));
    return issue === undefined ? notFound : run(context, issue);
  };
}

export function withPull(run: (context: RouteContext, pull: PullIssue) => Answer | Promise<Answer>) {
  return withIssue((context, issue) => (isPull(issue) ? run(context, issue) : notFound));
}

function commentOf(context: RouteContext): Comment | undefined {
  const comment = context.stage.forge.comments.get(String(numberOf(context, "id")));
  return comment?.repo === context.repo ? comment : undefined;
}

/** Comments below and comments at changes have ids of their own: one is not found as the other. */
export function withComment(run: (context: RouteContext, comment: Comment) => Answer | Promise<Answer>) {
  return (context: RouteContext) => {
    const comment = commentOf(context);
    return comment === undefined || comment.spot !== undefined ? notFound : run(context, comment);
  };
}

export function withSpotComment(run: (context: RouteContext, comment: SpotComment) => Answer | Promise<Answer>) {
  return (context: RouteContext) => {
    const comment = commentOf(context);
    return comment?.spot === undefined ? notFound : run(context, { ...comment, spot: comment.spot });
  };
}

const Window = z.object({
  per_page: z.coerce.number().int().min(1).max(100).catch(30).default(30),
  page: z.coerce.number().int().min(1).catch(1).default(1),
});

/** One page of a list, with links to its neighbours. */
export function paged(
  context: RouteContext,
  rows: readonly unknown[],
  wrap: (rows: unknown[]) => unknown = (page) => page,
): Answer {
  const { per_page, page } = Window.parse(context.query);
  const last = Math.max(1, Math.ceil(rows.length / per_page));
  const at = (number: number, rel: string) => {
    const url = new URL(context.url);
    url.searchParams.set("page", String(number));
    return `<${url.href}>; rel="${rel}"`;
  };
  const links = [
    ...(page > 1 ? [at(page - 1, "prev"), at(1, "first")] : []),
    ...(page < last ? [at(page + 1, "next"), at(last, "last")] : []),
  ];
  const body = wrap(rows.slice((page - 1) * per_page, page * per_page));
  return { status: 200, headers: links.length === 0 ? {} : { link: links.join(", ") }, body };
}
