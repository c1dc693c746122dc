/** GitHub's REST API, as far as an App needs it to work with repositories; anything else is 404 and a violation. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { type Answer, serve } from "../control/serve.ts";
import type { World } from "../world/world.ts";
import { readRefs } from "./git-http.ts";
import { git } from "./git.ts";
import { accountOf, DOCS, fault, installationForm, mint, repositoryForm } from "./handing-out.ts";
import { findRepository, fullName, type Hub, jwtFault, type Repository, type Token, tokenOf } from "./hub.ts";
import { DEMO_ISSUE } from "./seed.ts";

export interface RestPlace {
  hub: Hub;
  /** `""` on its own host, `/api/v3` beside git. */
  prefix: string;
  webBase: () => string;
}

const bearer = (request: FastifyRequest) => /^(?:bearer|token) (\S+)$/i.exec(request.headers.authorization ?? "")?.[1];

async function branchesOf(repository: Repository) {
  const refs = await readRefs(repository);
  return Object.entries(refs).map(([name, sha]) => ({
    name,
    commit: { sha },
    protected: name === repository.defaultBranch,
  }));
}

async function branchOf(repository: Repository, name: string): Promise<Answer> {
  const found = (await branchesOf(repository)).find((branch) => branch.name === name);
  if (found === undefined) return fault(404, "Branch not found");
  const message = await git(repository.directory, ["log", "-1", "--format=%B", found.commit.sha]);
  return { status: 200, body: { ...found, commit: { ...found.commit, commit: { message: message.trim() } } } };
}

/** How each route answers: on record, with GitHub's headers, under its URL pattern. */
function createAnswering(world: World, prefix: string) {
  return (request: FastifyRequest, reply: FastifyReply, produce: () => Answer | Promise<Answer>) => {
    const method = `${request.method} ${(request.routeOptions.url ?? request.url).replace(prefix, "")}`;
    const headers = { "x-github-request-id": world.ids.next("", 16), "x-github-media-type": "github.v3; format=json" };
    void reply.headers(headers);
    return serve(world, { sim: "github", method, body: request.body, request, reply }, produce);
  };
}

/** The routes that the App's own JWT opens. */
function mountAppRoutes(server: FastifyInstance, world: World, { hub, prefix, webBase }: RestPlace): void {
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

  const app = { id, slug, name: slug, owner: accountOf("acme"), permissions, events: ["push", "issue_comment"] };
  route("GET", "/app", () => ({ status: 200, body: app }));
  route("GET", "/app/installations", () => ({ status: 200, body: [installationForm(hub)] }));
  route("GET", "/app/installations/:id", (request) =>
    isMine(request) ? { status: 200, body: installationForm(hub) } : fault(404, "Not Found"),
  );
  route("POST", "/app/installations/:id/access_tokens", (request) =>
    isMine(request) ? mint(hub, world, { body: request.body, base: webBase() }) : fault(404, "Not Found"),
  );
}

/** The routes that an installation token opens, each repository for itself. */
function mountTokenRoutes(server: FastifyInstance, world: World, { hub, prefix, webBase }: RestPlace): void {
  const answer = createAnswering(world, prefix);
  const withToken = (request: FastifyRequest, use: (token: Token) => Answer | Promise<Answer>) => {
    const token = tokenOf(hub, request.headers.authorization, world.clock.now());
    return token === undefined ? fault(401, "Bad credentials") : use(token);
  };
  const ofRepository = (
    path: string,
    permission: string,
    produce: (repository: Repository, request: FastifyRequest) => Answer | Promise<Answer>,
  ) =>
    server.get<{ Params: { owner: string; repo: string } }>(`${prefix}/repos/:owner/:repo${path}`, (request, reply) =>
      answer(request, reply, () =>
        withToken(request, (token) => {
          const repository = findRepository(hub, request.params.owner, request.params.repo);
          if (repository === undefined || !token.repositories.includes(fullName(repository)))
            return fault(404, "Not Found");
          if (token.permissions[permission] === undefined) return fault(403, "Resource not accessible by integration");
          return produce(repository, request);
        }),
      ),
    );

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
  ofRepository("", "metadata", (repository) => ({ status: 200, body: repositoryForm(repository, webBase()) }));
  ofRepository("/branches", "contents", async (repository) => ({ status: 200, body: await branchesOf(repository) }));
  ofRepository("/branches/*", "contents", (repository, request) =>
    branchOf(repository, z.object({ "*": z.string() }).parse(request.params)["*"]),
  );
  const issue = { ...DEMO_ISSUE, user: { login: DEMO_ISSUE.user }, state: "open" };
  ofRepository("/issues", "issues", () => ({ status: 200, body: [issue] }));
}

/** Mounts the API under a prefix. */
export function mountRest(server: FastifyInstance, world: World, place: RestPlace): void {
  mountAppRoutes(server, world, place);
  mountTokenRoutes(server, world, place);
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
