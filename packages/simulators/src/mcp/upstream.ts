/** One MCP server: its tools, its sessions, and everybody who listens to it. */
import type { ServerResponse } from "node:http";

import { z } from "zod";

import type { World } from "../world/world.ts";
import type { ToolDraft, ToolResult } from "./tools.ts";

const PROTOCOL = "2025-06-18";
const PAGE = 50;

export const RpcMessage = z.looseObject({
  jsonrpc: z.literal("2.0"),
  id: z.union([z.string(), z.number()]).optional(),
  method: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
});
export type RpcMessage = z.infer<typeof RpcMessage>;

const ToolCall = z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).default({}) });
const Page = z.object({ cursor: z.string().optional() });

type CarryOut = (tool: string, args: Readonly<Record<string, unknown>>) => ToolResult;

const fault = (code: number, message: string) => ({ error: { code, message } });

/** The sessions of one server, and the streams it can push to. */
function createListeners(world: World) {
  const sessions = new Set<string>();
  const streams = new Set<ServerResponse>();
  return {
    openSession: () => {
      const id = world.ids.next("mcp-", 16);
      sessions.add(id);
      return id;
    },
    hasSession: (id: string) => sessions.has(id),
    endSession: (id: string) => sessions.delete(id),
    endAllSessions: () => {
      sessions.clear();
      for (const stream of streams) stream.destroy();
    },
    listen: (stream: ServerResponse) => {
      streams.add(stream);
      stream.on("close", () => streams.delete(stream));
    },
    tell: (message: object) => {
      for (const stream of streams) stream.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
    },
    count: () => sessions.size,
  };
}

export function createUpstream(world: World, given: { tools: readonly ToolDraft[]; carryOut: CarryOut }) {
  let tools = [...given.tools];
  const results = new Map<string, ToolResult>();
  const calls: { tool: string; args: Readonly<Record<string, unknown>> }[] = [];
  const cancelled: unknown[] = [];
  const people = createListeners(world);

  const list = (params: RpcMessage["params"]) => {
    const from = Number(Page.parse(params ?? {}).cursor ?? 0);
    const more = from + PAGE < tools.length ? { nextCursor: String(from + PAGE) } : {};
    return { result: { tools: tools.slice(from, from + PAGE), ...more } };
  };
  const call = (params: RpcMessage["params"]) => {
    const wanted = ToolCall.safeParse(params);
    if (!wanted.success) return fault(-32_602, "Invalid arguments");
    const { name, arguments: args } = wanted.data;
    if (!tools.some((tool) => tool.name === name)) return fault(-32_602, `Tool ${name} not found`);
    calls.push({ tool: name, args });
    return { result: results.get(name) ?? given.carryOut(name, args) };
  };

  return {
    /** Answers one request. */
    answer: ({ method, params }: RpcMessage): { result: unknown } | ReturnType<typeof fault> => {
      switch (method ?? "") {
        case "initialize": {
          const serverInfo = { name: "sim", version: "1.0.0" };
          return { result: { protocolVersion: PROTOCOL, capabilities: { tools: { listChanged: true } }, serverInfo } };
        }
        case "ping":
          return { result: {} };
        case "tools/list":
          return list(params);
        case "tools/call":
          return call(params);
        default:
          return fault(-32_601, "Method not found");
      }
    },
    note: ({ method, params }: RpcMessage) => {
      if (method === "notifications/cancelled") cancelled.push(params);
    },
    ...people,
    setTools: (next: readonly ToolDraft[]) => {
      tools = [...next];
      people.tell({ jsonrpc: "2.0", method: "notifications/tools/list_changed" });
    },
    setResult: (tool: string, result: ToolResult) => void results.set(tool, result),
    state: () => ({ tools: tools.map(({ name }) => name), calls, cancelled, sessions: people.count() }),
  };
}
export type Upstream = ReturnType<typeof createUpstream>;
