/** `/_sim/github`: what can be asked about repositories and their webhooks, and what GitHub itself can do. */
import type { FastifyInstance } from "fastify";
import { z } from "zod";

import { git } from "../github/git.ts";
import { findRepository, fullName } from "../github/hub.ts";
import { readRefs } from "../github/pushing.ts";
import type { GithubSimulator } from "../github/simulator.ts";
import { maskSecrets } from "./traffic.ts";

interface Place {
  Params: { owner: string; repo: string; "*": string };
}

function mountRepositoryQueries(server: FastifyInstance, { hub, forge }: GithubSimulator): void {
  const unknown = { error: "unknown_repository" };
  server.get<Place>("/_sim/github/refs/:owner/:repo", async (request, reply) => {
    const repository = findRepository(hub, request.params.owner, request.params.repo);
    return repository === undefined ? reply.code(404).send(unknown) : readRefs(repository);
  });
  server.get<Place>("/_sim/github/commits/:owner/:repo/*", async (request, reply) => {
    const repository = findRepository(hub, request.params.owner, request.params.repo);
    const branch = request.params["*"];
    if (repository === undefined || (await readRefs(repository))[branch] === undefined)
      return reply.code(404).send({ error: "unknown_branch" });
    const args = ["log", "-n", "50", "--format=%H%x09%an%x09%ae%x09%s", `refs/heads/${branch}`, "--"];
    const lines = (await git(repository.directory, args)).split("\n").filter(Boolean);
    return lines.map((line) => {
      const [sha = "", author = "", email = "", subject = ""] = line.split("\t");
      return { sha, author, email, subject };
    });
  });
  // Each issue or pull request with everything said about it.
  server.get<Place>("/_sim/github/issues/:owner/:repo", (request, reply) => {
    const repository = findRepository(hub, request.params.owner, request.params.repo);
    if (repository === undefined) return reply.code(404).send(unknown);
    const repo = fullName(repository);
    return forge.issuesOf(repo).map((issue) => {
      const said = [...forge.commentsOf(repo, issue.number), ...forge.spotCommentsOf(repo, issue.number)];
      const comments = said.map((row) => ({ ...row, reactions: forge.reactionsOn(`comment/${row.id}`) }));
      const reactions = forge.reactionsOn(`issue/${repo}#${issue.number}`);
      return { ...issue, reactions, comments, reviews: forge.reviewsOf(repo, issue.number) };
    });
  });
}

/** Mounts the routes. */
export function mountGithubControl(server: FastifyInstance, github: GithubSimulator): void {
  const { hub, webhooks } = github;
  mountRepositoryQueries(server, github);
  server.get("/_sim/github/tokens", () => hub.tokens.all().map((row) => ({ ...row, token: maskSecrets(row.token) })));
  server.get("/_sim/github/deliveries", () => webhooks.list().map((row) => ({ ...row, body: JSON.parse(row.body) })));
  server.post<{ Params: { guid: string } }>("/_sim/github/deliveries/:guid/redeliver", (request, reply) =>
    webhooks.redeliver(request.params.guid) ? { ok: true } : reply.code(404).send({ error: "unknown_delivery" }),
  );
  // For events that no person can cause, `ping` among them.
  server.post("/_sim/github/events", (request) => {
    const Body = z.strictObject({ event: z.string().min(1), payload: z.record(z.string(), z.unknown()).default({}) });
    const { event, payload } = Body.parse(request.body);
    webhooks.send(event, { installation: { id: hub.app.installationId }, ...payload });
    return { ok: true };
  });
  server.put("/_sim/github/installation", (request) => {
    const { isSuspended } = z.strictObject({ isSuspended: z.boolean() }).parse(request.body);
    hub.isSuspended = isSuspended;
    return { isSuspended };
  });
}
