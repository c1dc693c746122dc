/** `/mcp/<upstream>`: MCP servers over streamable HTTP behind a bearer; any name is a server, `atlassian` has tools from the start. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";

import { serve, type Answer } from "../control/serve.ts";
import type { World } from "../world/world.ts";
import { ATLASSIAN_TOOLS, createAtlassian } from "./atlassian.ts";
import { ToolDraft, ToolResult } from "./tools.ts";
import { createUpstream, RpcMessage, type Upstream } from "./upstream.ts";

export const McpOptions = z.strictObject({ token: z.string().min(1).default("sim-mcp-token-0123456789abcdef") });
export type McpOptions = z.infer<typeof McpOptions>;

interface Route {
  Params: { upstream: string };
}
const NAME = /^[a-z][a-z0-9-]{0,30}$/;
const SESSION = "mcp-session-id";
const refusal = (status: number, message: string): Answer => ({
  status,
  body: { jsonrpc: "2.0", id: null, error: { code: -32_000, message } },
});

function createUpstreams(world: World) {
  const made = new Map<string, Upstream>();
  return (name: string): Upstream => {
    const known = made.get(name);
    if (known !== undefined) return known;
    const isAtlassian = name === "atlassian";
    const upstream = createUpstream(world, {
      tools: isAtlassian ? ATLASSIAN_TOOLS : [],
      carryOut: isAtlassian
        ? createAtlassian(world)
        : (tool) => ({ content: [{ type: "text", text: tool }], isError: false }),
    });
    made.set(name, upstream);
    return upstream;
  };
}

const sessionOf = ({ headers }: FastifyRequest) => {
  const id = headers[SESSION];
  return typeof id === "string" ? id : "";
};

/** One JSON-RPC message in, at most one out. */
function answerTo(upstream: Upstream, message: RpcMessage, session: string): Answer {
  const isFirst = message.method === "initialize";
  if (!isFirst && !upstream.hasSession(session)) return refusal(404, "Session not found");
  if (message.id === undefined) {
    upstream.note(message);
    return { status: 202, body: "" };
  }
  const body = { jsonrpc: "2.0", id: message.id, ...upstream.answer(message) };
  return { status: 200, body, headers: isFirst ? { [SESSION]: upstream.openSession() } : {} };
}

function nameOf(message: RpcMessage | undefined): string {
  if (message?.method !== "tools/call") return message?.method ?? "unreadable";
  return `tools/call ${String(message.params?.["name"])}`;
}

const denied = (reply: FastifyReply) => reply.code(401).send({ error: "invalid_token" });

function mountWire(
  server: FastifyInstance,
  given: { world: World; token: string; of: (name: string) => Upstream },
): void {
  const { world, token, of } = given;
  const isKnown = ({ headers }: FastifyRequest) => headers.authorization === `Bearer ${token}`;

  server.post<Route>("/mcp/:upstream", (request, reply) => {
    const message = RpcMessage.safeParse(request.body).data;
    const call = { sim: "mcp", method: nameOf(message), body: request.body, request, reply };
    return serve(world, call, () => {
      const { upstream } = request.params;
      if (!isKnown(request)) return { status: 401, body: { error: "invalid_token" } };
      if (message === undefined || !NAME.test(upstream)) return refusal(400, "Bad Request");
      return answerTo(of(upstream), message, sessionOf(request));
    });
  });
  server.get<Route>("/mcp/:upstream", async (request, reply) => {
    if (!isKnown(request)) return denied(reply);
    const upstream = of(request.params.upstream);
    if (!upstream.hasSession(sessionOf(request))) return reply.code(404).send({ error: "Session not found" });
    reply.hijack();
    reply.raw.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
    reply.raw.flushHeaders();
    upstream.listen(reply.raw);
    return reply;
  });
  server.delete<Route>("/mcp/:upstream", (request, reply) => {
    if (!isKnown(request)) return denied(reply);
    of(request.params.upstream).endSession(sessionOf(request));
    return { ok: true };
  });
}

/** What tests and tools may change: the tools, the answers, and whether sessions live on. */
function mountControl(server: FastifyInstance, of: (name: string) => Upstream): void {
  server.get<Route>("/_sim/mcp/:upstream", (request) => of(request.params.upstream).state());
  server.put<Route>("/_sim/mcp/:upstream/tools", (request) => {
    of(request.params.upstream).setTools(z.array(ToolDraft).parse(request.body));
    return { ok: true };
  });
  server.put<Route>("/_sim/mcp/:upstream/result", (request) => {
    const { tool, result } = z.strictObject({ tool: z.string(), result: ToolResult }).parse(request.body);
    of(request.params.upstream).setResult(tool, result);
    return { ok: true };
  });
  server.delete<Route>("/_sim/mcp/:upstream/sessions", (request) => {
    of(request.params.upstream).endAllSessions();
    return { ok: true };
  });
}

/** Mounts the servers and their controls. */
export function startMcp(server: FastifyInstance, world: World, { token }: McpOptions): void {
  const of = createUpstreams(world);
  mountWire(server, { world, token, of });
  mountControl(server, of);
}
