/** Daytona on a port of its own: the API part (`/api`), the toolbox part (`/toolbox/<id>`), and `/_sim` to misbehave on demand. */
import { mkdirSync } from "node:fs";

import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from "fastify";
import { WebSocketServer } from "ws";
import { z } from "zod";

import { serve, type Answer } from "../control/serve.ts";
import type { World } from "../world/world.ts";
import type { Cell } from "./cell.ts";
import { Create, createSandboxes, type Sandboxes, type SimulatedSandbox } from "./sandboxes.ts";
import { createToolbox, FILES, type Toolbox } from "./toolbox.ts";

export const DaytonaOptions = z.strictObject({
  apiKey: z.string().min(1).default("sim-daytona-key-0123456789"),
  port: z.number().int().min(0).max(65_535).default(0),
  snapshots: z.array(z.string()).default(["daytona-medium"]),
  /** Sandboxes that the account may have. */
  quota: z.number().int().min(0).default(100),
});
export type DaytonaOptions = z.infer<typeof DaytonaOptions>;

const MAX_UPLOAD_BYTES = 700 * 1024 * 1024;
const FOLLOW = /^\/toolbox\/([^/]+)\/process\/session\/([^/]+)\/command\/([^/]+)\/logs\?.*follow=true/;
const refusal = (status: number, message: string): Answer => ({ status, body: { statusCode: status, message } });
const iso = (ms: number) => new Date(ms).toISOString();

interface Asked {
  request: FastifyRequest;
  reply: FastifyReply;
}
type Produce = (asked: Asked) => Answer | Promise<Answer>;
type Route = (verb: "GET" | "POST" | "PUT" | "DELETE", path: string, produce: Produce) => void;

const param = ({ request }: Asked, name: string): string =>
  z.record(z.string(), z.string()).parse(request.params)[name] ?? "";
const query = ({ request }: Asked, name: string): string =>
  z.record(z.string(), z.string()).parse(request.query)[name] ?? "";

/** Answers behind the key, with planned faults first. */
function createRoute(server: FastifyInstance, world: World, apiKey: string): Route {
  return (verb, path, produce) =>
    server.route({
      method: verb,
      url: path,
      handler: (request, reply) => {
        const body = request.body instanceof Uint8Array ? "(bytes)" : request.body;
        const method = `${verb} ${path}`;
        return serve(world, { sim: "daytona", method, body, request, reply }, () =>
          request.headers.authorization === `Bearer ${apiKey}`
            ? produce({ request, reply })
            : refusal(401, "Invalid credentials"),
        );
      },
    });
}

const dtoOf = (sandbox: SimulatedSandbox, url: string) => ({
  id: sandbox.id,
  name: sandbox.name,
  labels: sandbox.labels,
  state: sandbox.state,
  organizationId: "org",
  user: "daytona",
  env: {},
  public: false,
  target: "sim",
  cpu: 1,
  gpu: 0,
  memory: 1,
  disk: 3,
  snapshot: sandbox.given.snapshot,
  networkBlockAll: sandbox.given.networkBlockAll ?? false,
  autoStopInterval: sandbox.given.autoStopInterval,
  autoDeleteInterval: sandbox.given.autoDeleteInterval,
  createdAt: iso(sandbox.createdAt),
  updatedAt: iso(sandbox.activeAt),
  toolboxProxyUrl: `${url}/toolbox`,
});
const Labels = z.record(z.string(), z.string());

/** What can be made and found. */
function addAccount(route: Route, sandboxes: Sandboxes, given: { options: DaytonaOptions; url: () => string }): void {
  const { options, url } = given;
  route("POST", "/api/sandbox", ({ request }) => {
    const wanted = Create.parse(request.body);
    const snapshot = wanted.snapshot ?? "";
    if (!options.snapshots.includes(snapshot)) return refusal(404, `Snapshot ${snapshot} not found`);
    if (sandboxes.list().some(({ name }) => name === wanted.name)) return refusal(409, "Sandbox name is taken");
    if (sandboxes.list().length >= options.quota) return refusal(402, "Sandbox quota exceeded");
    return { status: 200, body: dtoOf(sandboxes.create(wanted), url()) };
  });
  route("GET", "/api/sandbox", (asked) => {
    const wanted = Labels.parse(JSON.parse(query(asked, "labels") || "{}"));
    const isWanted = ({ labels }: SimulatedSandbox) =>
      Object.entries(wanted).every(([key, value]) => labels[key] === value);
    const items = sandboxes.list().filter(isWanted);
    return { status: 200, body: { items: items.map((one) => dtoOf(one, url())), nextCursor: null } };
  });
}

/** What can be done with one. */
function addOne(route: Route, sandboxes: Sandboxes, url: () => string): void {
  const on = (work: (sandbox: SimulatedSandbox, asked: Asked) => object | void) => (asked: Asked) => {
    const found = sandboxes.find(param(asked, "id"));
    if (found === undefined) return refusal(404, `Sandbox with ID or name ${param(asked, "id")} not found`);
    return { status: 200, body: work(found, asked) ?? dtoOf(found, url()) };
  };
  route(
    "GET",
    "/api/sandbox/:id",
    on((found) => dtoOf(found, url())),
  );
  route("DELETE", "/api/sandbox/:id", on(sandboxes.destroy));
  route("POST", "/api/sandbox/:id/start", on(sandboxes.start));
  route("POST", "/api/sandbox/:id/stop", on(sandboxes.stop));
  route("POST", "/api/sandbox/:id/last-activity", on(sandboxes.touch));
  route(
    "GET",
    "/api/sandbox/:id/toolbox-proxy-url",
    on(() => ({ url: `${url()}/toolbox` })),
  );
  route(
    "PUT",
    "/api/sandbox/:id/labels",
    on((found, { request }) => {
      found.labels = z.object({ labels: Labels }).parse(request.body).labels;
      return { labels: found.labels };
    }),
  );
}

function addToolbox(route: Route, sandboxes: Sandboxes, toolbox: Toolbox): void {
  const at = (
    verb: "GET" | "POST" | "DELETE",
    path: string,
    work: (found: SimulatedSandbox, cell: Cell, asked: Asked) => Answer | Promise<Answer>,
  ) =>
    route(verb, `/toolbox/:id${path}`, (asked) => {
      const found = sandboxes.find(param(asked, "id"));
      if (found?.cell === undefined) return refusal(404, "Sandbox is not running");
      return work(found, found.cell, asked);
    });
  at("POST", "/process/session", (found, _, { request }) => toolbox.openSession(found, request.body));
  at("GET", "/process/session", (found) => toolbox.listSessions(found));
  at("DELETE", "/process/session/:session", (found, cell, asked) =>
    toolbox.closeSession(found, cell, param(asked, "session")),
  );
  at("POST", "/process/session/:session/exec", (found, cell, asked) =>
    toolbox.exec(found, cell, { session: param(asked, "session"), body: asked.request.body }),
  );
  at("GET", "/process/session/:session/command/:command", (found, _, asked) =>
    toolbox.command(found, param(asked, "session"), param(asked, "command")),
  );
  at("GET", "/process/session/:session/command/:command/logs", (found, _, asked) =>
    toolbox.logs(found, param(asked, "session"), param(asked, "command")),
  );
  at("POST", "/process/execute", (_, cell, { request }) => FILES.execute(cell, request.body));
  at("POST", "/files/bulk-upload", (_, cell, { request }) => FILES.upload(cell, request));
  at("POST", "/files/bulk-download", (_, cell, { request, reply }) => FILES.download(cell, request, reply));
  at("POST", "/files/folder", (_, cell, asked) => FILES.folder(cell, query(asked, "path")));
  at("DELETE", "/files", (_, cell, asked) => FILES.remove(cell, query(asked, "path")));
}

/** Streams of logs; every other upgrade is refused, and the SDK polls instead. */
function acceptFollowers(
  server: FastifyInstance,
  given: { sandboxes: Sandboxes; toolbox: Toolbox; apiKey: string },
): void {
  const { sandboxes, toolbox, apiKey } = given;
  const acceptor = new WebSocketServer({ noServer: true });
  server.server.on("upgrade", (request, socket, head) => {
    // A caller that hangs up on a refusal is no fault of ours.
    socket.on("error", () => socket.destroy());
    const [, id = "", session = "", command = ""] = FOLLOW.exec(request.url ?? "") ?? [];
    const found = sandboxes.find(id);
    if (found === undefined || request.headers.authorization !== `Bearer ${apiKey}`)
      return socket.end("HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n");
    return acceptor.handleUpgrade(request, socket, head, (client) =>
      toolbox.follow(found, client, { session, command }),
    );
  });
  server.addHook("preClose", (done) => {
    for (const client of acceptor.clients) client.terminate();
    done();
  });
}

/** Starts a Daytona whose sandboxes lie below a directory. */
export async function startDaytona(world: World, given: { options: DaytonaOptions; directory: string }) {
  const { options, directory } = given;
  mkdirSync(directory, { recursive: true });
  const sandboxes = createSandboxes(world, directory);
  const toolbox = createToolbox();
  const server = fastify({ logger: false, forceCloseConnections: true, bodyLimit: MAX_UPLOAD_BYTES });
  server.addContentTypeParser("*", { parseAs: "buffer" }, (_request, body, done) => done(null, body));
  server.setNotFoundHandler((request, reply) => {
    // Its stream of events is a convenience that the SDK does without.
    if (!request.url.startsWith("/api/socket.io"))
      world.traffic.violate({ sim: "daytona", method: `${request.method} ${request.url}`, what: "an unknown route" });
    return reply.code(404).send({ statusCode: 404, message: "Not found" });
  });
  let url = "";
  const route = createRoute(server, world, options.apiKey);
  addAccount(route, sandboxes, { options, url: () => url });
  addOne(route, sandboxes, () => url);
  addToolbox(route, sandboxes, toolbox);
  acceptFollowers(server, { sandboxes, toolbox, apiKey: options.apiKey });
  const State = z.strictObject({ state: z.enum(["started", "stopped", "archived", "error"]) });
  server.put("/_sim/sandbox/:id", (request, reply) => {
    const found = sandboxes.find(param({ request, reply }, "id"));
    if (found === undefined) return reply.code(404).send({});
    found.state = State.parse(request.body).state;
    if (found.state !== "started") found.cell?.close();
    if (found.state !== "started") found.cell = undefined;
    return { state: found.state };
  });
  server.post("/_sim/break-logs", () => {
    toolbox.breakOff();
    return {};
  });
  url = await server.listen({ host: "127.0.0.1", port: options.port });
  return {
    url,
    apiUrl: `${url}/api`,
    apiKey: options.apiKey,
    close: async () => {
      sandboxes.closeAll();
      await server.close();
    },
  };
}
