/** GitHub's REST API, as far as an App needs it to work with repositories; anything else is 404 and a violation. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { type Answer, serve } from "../../control/serve.ts";
import type { World } from "../../world/world.ts";
import { accountForm } from "../forms.ts";
import { answerGraphql } from "../graphql/answer.ts";
import { DOCS, EVENTS, fault, installationForm, mint, ownerForm, repositoryForm } from "../handing-out.ts";
import { findRepository, fullName, type Hub, jwtFault, type Token, tokenOf } from "../hub.ts";
import type { Webhooks } from "../webhooks.ts";
import { checkRoutes } from "./checks.ts";
import { issueRoutes } from "./issues.ts";
import { pullRoutes } from "./pulls.ts";
import { repositoryRoutes } from "./repositories.ts";
import type { Github, Route } from "./route.ts";

const ROUTES = [...repositoryRoutes, ...issueRoutes, ...pullRoutes, ...checkRoutes];

export interface RestPlace {
  hub: Hub;
  github: Github;
  webhooks: Webhooks;
  /** `""` on its own host, `/api/v3` beside git. */
  prefix: string;
  webBase: () => string;
}

const bearer = (request: FastifyRequest) => /^(?:bearer|token) (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];

/** How each route answers: on record, with GitHub's headers, under its URL pattern. */
function createAnswering(world: World, prefix: string) {
  return (request: FastifyRequest, reply: FastifyReply, produce: () => Answer | Promise<Answer>) => {
    const method = `${request.method} ${(request.routeOptions.url ?? request.url).replace(prefix, "")}`;
    const headers = { "x-github-request-id": world.ids.next("", 16), "x-github-media-type": "github.v3; format=json" };
    void reply.headers(headers);
    return serve(world, { sim: "github", method, body: request.body, request, reply }, produce);
  };
}

/** The App's deliveries, newest first, with what was answered last. */
const hookDeliveries = (webhooks: Webhooks) =>
  webhooks
    .list()
    .map(({ guid, event, action, at, status = 0, attempts }, index) => ({
      id: index + 1,
      guid,
      event,
      action,
      delivered_at: new Date(at).toISOString(),
      redelivery: attempts > 1,
      status: status === 0 ? "failed to connect to host" : "OK",
      status_code: status,
    }))
    .toReversed();

/** The routes that the App's own JWT opens. */
function mountAppRoutes(server: FastifyInstance, world: World, place: RestPlace): void {
  const { hub, prefix, webBase, webhooks } = place;
  const answer = createAnswering(world, prefix);
  const route = (verb: "GET" | "POST", path: string, produce: (request: FastifyRequest) => Answer) =>
    server.route({
      method: verb,
      url: prefix + path,
      handler: (request, reply) =>
        answer(request, reply, () => {
          const why = jwtFault(hub, bearer(request) ?? "", world.clock.now());
          return why === undefined ? produce(request) : fault(401, why);
        }),
    });
  const { id, slug, permissions, installationId } = hub.app;
  const isMine = (request: FastifyRequest) =>
    z.object({ id: z.coerce.number() }).safeParse(request.params).data?.id === installationId;

  const app = { id, slug, name: slug, owner: ownerForm("acme"), permissions, events: EVENTS };
  route("GET", "/app", () => ({ status: 200, body: app }));
  route("GET", "/app/installations", () => ({ status: 200, body: [installationForm(hub)] }));
  route("GET", "/app/installations/:id", (request) =>
    isMine(request) ? { status: 200, body: installationForm(hub) } : fault(404, "Not Found"),
  );
  route("GET", "/app/hook/deliveries", () => ({ status: 200, body: hookDeliveries(webhooks) }));
  route("POST", "/app/hook/deliveries/:id/attempts", (request) => {
    const { id: serial } = z.object({ id: z.coerce.number() }).parse(request.params);
    const row = webhooks.list()[serial - 1];
    return row !== undefined && webhooks.redeliver(row.guid) ? { status: 202, body: {} } : fault(404, "Not Found");
  });
  route("POST", "/app/installations/:id/access_tokens", (request) =>
    isMine(request) ? mint(hub, world, { body: request.body, base: webBase() }) : fault(404, "Not Found"),
  );
}

/** A token may do this there, or GitHub's refusal; a repository that is not the token's looks as if there were none. */
function refusalOf({ permissions, verb }: Route, token: Token, repo: string | undefined): Answer | undefined {
  if (repo === undefined || !token.repositories.includes(repo)) return fault(404, "Not Found");
  const isAllowed = permissions.some((name) => {
    const level = token.permissions[name];
    return level === "write" || (level === "read" && verb === "GET");
  });
  return isAllowed ? undefined : fault(403, "Resource not accessible by integration");
}

const Params = z.record(z.string(), z.string());
const Query = z.record(
  z.string(),
  z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat()[0] ?? ""),
);

/** The routes that an installation token opens, each repository for itself. */
function mountTokenRoutes(server: FastifyInstance, world: World, { hub, github, prefix, webBase }: RestPlace): void {
  const answer = createAnswering(world, prefix);
  const withToken = (request: FastifyRequest, use: (token: Token) => Answer | Promise<Answer>) => {
    const token = tokenOf(hub, request.headers.authorization, world.clock.now());
    if (token === undefined) return fault(401, "Bad credentials");
    return hub.isSuspended ? fault(403, "This installation has been suspended") : use(token);
  };
  const { forge } = github.stage;

  for (const route of ROUTES)
    server.route({
      method: route.verb,
      url: `${prefix}/repos/:owner/:repo${route.path === "/" ? "" : route.path}`,
      handler: (request, reply) =>
        answer(request, reply, () =>
          withToken(request, (token) => {
            const params = Params.parse(request.params);
            const repository = findRepository(hub, params["owner"] ?? "", params["repo"] ?? "");
            const repo = repository === undefined ? undefined : fullName(repository);
            const refusal = refusalOf(route, token, repo);
            if (refusal !== undefined || repository === undefined || repo === undefined)
              return refusal ?? fault(404, "Not Found");
            const url = `https://${request.headers.host ?? "localhost"}${request.url}`;
            const asked = { params, query: Query.parse(request.query), body: request.body, url };
            return route.run({ ...github, ...asked, repository, repo, login: forge.bot.login });
          }),
        ),
    });

  server.get(`${prefix}/installation/repositories`, (request, reply) =>
    answer(request, reply, () =>
      withToken(request, ({ repositories }) => {
        const mine = hub.repositories.filter((row) => repositories.includes(fullName(row)));
        const forms = mine.map((row) => repositoryForm(row, webBase()));
        return { status: 200, body: { total_count: mine.length, repositories: forms } };
      }),
    ),
  );
  server.get(`${prefix}/user`, (request, reply) =>
    answer(request, reply, () => withToken(request, () => fault(403, "Resource not accessible by integration"))),
  );
  server.get<{ Params: { login: string } }>(`${prefix}/users/:login`, (request, reply) =>
    answer(request, reply, () =>
      withToken(request, () => {
        const account = forge.account(request.params.login);
        return account === undefined
          ? fault(404, "Not Found")
          : { status: 200, body: { ...accountForm(account), name: account.name } };
      }),
    ),
  );
}

const Operation = z.object({ query: z.string(), operationName: z.string().nullish() });

/** The operation that a query names. */
const operationOf = (body: unknown) => {
  const asked = Operation.safeParse(body).data;
  return asked?.operationName ?? /^\s*(?:query|mutation)\s+(\w+)/.exec(asked?.query ?? "")?.[1] ?? "graphql";
};

/** GraphQL beside the REST API; faults name it by its operation. */
function mountGraphql(server: FastifyInstance, world: World, { hub, github, prefix }: RestPlace): void {
  server.post(`${prefix === "" ? "" : "/api"}/graphql`, (request, reply) => {
    const { body } = request;
    const method = operationOf(body);
    return serve(world, { sim: "github", method, body, request, reply }, () => {
      const token = tokenOf(hub, request.headers.authorization, world.clock.now());
      if (token === undefined) return fault(401, "Bad credentials");
      if (hub.isSuspended) return fault(403, "This installation has been suspended");
      const violate = (what: string) => world.traffic.violate({ sim: "github", method, what });
      return answerGraphql(github, { body, token, violate });
    });
  });
}

/** Mounts the API under a prefix. */
export function mountRest(server: FastifyInstance, world: World, place: RestPlace): void {
  mountAppRoutes(server, world, place);
  mountTokenRoutes(server, world, place);
  mountGraphql(server, world, place);
  const answer = createAnswering(world, place.prefix);
  server.get(`${place.prefix}/rate_limit`, (request, reply) =>
    answer(request, reply, () => {
      const core = { limit: 5000, used: 0, remaining: 5000, reset: Math.floor(world.clock.now() / 1000) + 3600 };
      return { status: 200, body: { resources: { core }, rate: core } };
    }),
  );
}

/** Everything that GitHub has and this simulator has not. */
export function refuseUnknown(server: FastifyInstance, world: World): void {
  server.setNotFoundHandler((request, reply) => {
    world.traffic.violate({ sim: "github", method: `${request.method} ${request.url}`, what: "unknown path" });
    return reply.code(404).send({ message: "Not Found", documentation_url: DOCS });
  });
}
