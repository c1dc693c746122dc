/** Git's smart HTTP over TLS, by the machine's own git; refusals as GitHub gives them. */
import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";

import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";

import { maskHeaders } from "../control/traffic.ts";
import type { World } from "../world/world.ts";
import { gitEnv } from "./git.ts";
import { findRepository, fullName, type Hub, type Repository, tokenOf } from "./hub.ts";
import { type Pushing, readRefs } from "./pushing.ts";

const TIMEOUT_MS = 300_000;
const SERVICES = new Set(["git-upload-pack", "git-receive-pack"]);

interface Place {
  Params: { owner: string; repo: string; service: string };
  Querystring: { service?: string };
}

type Verdict = { kind: "granted"; repository: Repository } | { kind: "refused"; status: number; text: string };

const refused = (status: number, text: string): Verdict => ({ kind: "refused", status, text });

/** May this token do that here? A repository that is not the token's looks as if it did not exist. */
function judge(hub: Hub, request: FastifyRequest<Place>, facts: { service: string; now: number }): Verdict {
  const { owner, repo } = request.params;
  const { authorization } = request.headers;
  if (authorization === undefined) return refused(401, "Authentication required\n");
  const token = tokenOf(hub, authorization, facts.now);
  if (token === undefined) return refused(401, "Invalid username or token.\n");
  const repository = findRepository(hub, owner, repo);
  if (repository === undefined || !token.repositories.includes(fullName(repository)))
    return refused(404, "Repository not found.\n");
  const contents = token.permissions["contents"];
  const isWrite = facts.service === "git-receive-pack";
  if (contents === undefined || (isWrite && contents !== "write"))
    return refused(403, "Write access to repository not granted.\n");
  return { kind: "granted", repository };
}

function refuse(reply: FastifyReply, status: number, text: string): FastifyReply {
  if (status === 401) void reply.header("www-authenticate", 'Basic realm="GitHub"');
  return reply.code(status).type("text/plain").send(text);
}

function service(repository: Repository, args: readonly string[], protocol: string | undefined) {
  const env = gitEnv(protocol === undefined ? {} : { GIT_PROTOCOL: protocol });
  return spawn("git", [...args, "."], { cwd: repository.directory, env, timeout: TIMEOUT_MS, killSignal: "SIGKILL" });
}

const headerText = (value: string | string[] | undefined) => (typeof value === "string" ? value : undefined);

function bodyOf(request: FastifyRequest): Readable {
  return request.headers["content-encoding"] === "gzip" ? request.raw.pipe(createGunzip()) : request.raw;
}

/** Mounts the three routes of a git remote. */
export function mountGit(
  server: FastifyInstance,
  world: World,
  { hub, pushing }: { hub: Hub; pushing: Pushing },
): void {
  // Packs are streams: the body is left unread for git.
  server.removeAllContentTypeParsers();
  server.addContentTypeParser("*", (_request, _payload, done) => done(null));

  const record = (request: FastifyRequest, status: number, started: number) =>
    world.traffic.record({
      at: world.clock.now(),
      sim: "github",
      direction: "in",
      method: `git ${request.method} ${request.url.split("?")[0]}`,
      status,
      ms: performance.now() - started,
      request: { headers: maskHeaders(request.headers), url: request.url },
      response: "",
    });

  server.get<Place>("/:owner/:repo/info/refs", async (request, reply) => {
    const started = performance.now();
    const name = request.query.service ?? "";
    if (!SERVICES.has(name)) return refuse(reply, 403, "Please upgrade your git client.\n");
    const verdict = judge(hub, request, { service: name, now: world.clock.now() });
    record(request, verdict.kind === "refused" ? verdict.status : 200, started);
    if (verdict.kind === "refused") return refuse(reply, verdict.status, verdict.text);
    const verb = name.slice("git-".length);
    const protocol = headerText(request.headers["git-protocol"]);
    const child = service(verdict.repository, [verb, "--stateless-rpc", "--advertise-refs"], protocol);
    const line = `# service=${name}\n`;
    const isV2 = protocol === "version=2" && verb === "upload-pack";
    const banner = isV2 ? "" : `${(line.length + 4).toString(16).padStart(4, "0")}${line}0000`;
    reply.hijack();
    const headers = { "content-type": `application/x-${name}-advertisement`, "cache-control": "no-cache" };
    reply.raw.writeHead(200, headers);
    reply.raw.write(banner);
    child.stdin.end();
    await pipeline(child.stdout, reply.raw);
    return reply;
  });

  server.post<Place>("/:owner/:repo/:service", async (request, reply) => {
    const started = performance.now();
    const name = request.params.service;
    if (!SERVICES.has(name)) return refuse(reply, 404, "Not Found\n");
    const verdict = judge(hub, request, { service: name, now: world.clock.now() });
    record(request, verdict.kind === "refused" ? verdict.status : 200, started);
    if (verdict.kind === "refused") return refuse(reply, verdict.status, verdict.text);
    const { repository } = verdict;
    const before = await readRefs(repository);
    const protocol = headerText(request.headers["git-protocol"]);
    const child = service(repository, [name.slice("git-".length), "--stateless-rpc"], protocol);
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": `application/x-${name}-result`, "cache-control": "no-cache" });
    // A client that goes away must not leave git waiting.
    reply.raw.on("close", () => child.kill("SIGKILL"));
    const input = pipeline(bodyOf(request), child.stdin).catch(() => child.kill("SIGKILL"));
    await Promise.all([input, pipeline(child.stdout, reply.raw)]);
    const bot = `${hub.app.slug}[bot]`;
    if (name === "git-receive-pack")
      await pushing.moved(repository, { before, after: await readRefs(repository) }, bot);
    return reply;
  });
}
