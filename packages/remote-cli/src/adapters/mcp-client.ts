/** The official client of the protocol, as verbs that never throw: how each call ended, and whether it was sent at all. */
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport, StreamableHTTPError } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import type { Transport } from "@modelcontextprotocol/sdk/shared/transport.js";
import {
  CallToolResultSchema,
  ErrorCode,
  ListToolsResultSchema,
  McpError,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import type { Json } from "@thor/domain/json";
import type { McpTarget } from "@thor/integrations/manifest";
import { withinTime } from "@thor/kit/flow/deadline";
import { networkCode, neverConnected } from "@thor/kit/json-client";
import { z } from "zod";

import type { CallEnd, CallOptions, Connected, Live, UpstreamTool } from "../core/mcp/tool.ts";
import type { Cell } from "./mcp-cell.ts";

const INITIALIZE_MS = 15_000;
const LIST_MS = 20_000;
const MAX_PROGRESS_MS = 300_000;
const MAX_PAGES = 50;
const STDERR_CHARS = 64 * 1024;
const SHOWN_CHARS = 500;
const VERSION = "0.1.0";
/** The upstream turned the request away before it looked at it. */
const NOT_ACTED_ON = new Set([401, 403, 404]);

/** The SDK's own codes for a request that got no answer. */
const LOST: ReadonlySet<number> = new Set([ErrorCode.RequestTimeout, ErrorCode.ConnectionClosed]);

const jsonObject = z.record(z.string(), z.custom<Json>());

/** The end of what a child said on stderr. */
function keepStderr(transport: StdioClientTransport): () => string {
  let kept = "";
  transport.stderr?.on("data", (chunk) => (kept = (kept + String(chunk)).slice(-STDERR_CHARS)));
  return () => kept.slice(-SHOWN_CHARS);
}

class NoCell extends Error {}

function transportOf(target: McpTarget, cell: Cell | undefined): { transport: Transport; stderr: () => string } {
  if (target.transport === "http") {
    const { url, headers } = target;
    const transport = new StreamableHTTPClientTransport(new URL(url), { requestInit: { headers: { ...headers } } });
    return { transport, stderr: () => "" };
  }
  if (cell === undefined) throw new NoCell("bubblewrap does not work here, so the program is not started");
  const { command, argv, env } = cell(target);
  const transport = new StdioClientTransport({
    command,
    args: [...argv],
    env: { ...env },
    cwd: "/tmp",
    stderr: "pipe",
  });
  return { transport, stderr: keepStderr(transport) };
}

function failureOf(err: unknown): Exclude<CallEnd, { kind: "result" }> {
  if (err instanceof McpError) {
    return { kind: LOST.has(err.code) ? "no_answer" : "refused", error: err.message };
  }
  if (err instanceof StreamableHTTPError)
    return NOT_ACTED_ON.has(err.code ?? 0)
      ? { kind: "not_sent", error: err.code === 404 ? "the session has ended" : "the credentials were rejected" }
      : { kind: "no_answer", error: `HTTP ${err.code ?? "without a status"}` };
  const code = networkCode(err);
  return neverConnected(code) ? { kind: "not_sent", error: code } : { kind: "no_answer", error: code };
}

async function listTools(client: Client): Promise<UpstreamTool[]> {
  const tools: UpstreamTool[] = [];
  const until = performance.now() + LIST_MS;
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const params = cursor === undefined ? {} : { cursor };
    const timeout = Math.max(1, until - performance.now());
    const answer = await client.request({ method: "tools/list", params }, ListToolsResultSchema, { timeout });
    for (const { name, description, inputSchema, annotations } of answer.tools) {
      const { readOnlyHint: isReadOnly, destructiveHint: isDestructive } = annotations ?? {};
      tools.push({ name, description, inputSchema: jsonObject.parse(inputSchema), isReadOnly, isDestructive });
    }
    cursor = answer.nextCursor;
    if (cursor === undefined) return tools;
  }
  throw new Error("the list of tools does not end");
}

async function callTool(
  client: Client,
  params: { name: string; arguments: Record<string, unknown> },
  options: CallOptions,
): Promise<CallEnd> {
  try {
    const answer = await client.request({ method: "tools/call", params }, CallToolResultSchema, {
      signal: options.signal,
      timeout: options.timeoutMs,
      maxTotalTimeout: Math.max(MAX_PROGRESS_MS, options.timeoutMs),
      resetTimeoutOnProgress: true,
      onprogress: () => undefined,
    });
    const { content, structuredContent, isError = false } = answer;
    return {
      kind: "result",
      result: { content, isError, ...(structuredContent === undefined ? {} : { structuredContent }) },
    };
  } catch (err) {
    return options.signal.aborted ? { kind: "no_answer", error: "cancelled" } : failureOf(err);
  }
}

async function closeClient(client: Client, transport: Transport): Promise<void> {
  if (transport instanceof StreamableHTTPClientTransport)
    await withinTime(
      transport.terminateSession().catch(() => undefined),
      1000,
    );
  await client.close().catch(() => undefined);
}

/** Initialises and lists; whatever fails closes the client that was just opened. */
export const createConnectMcp =
  ({ cell, redact }: { cell: Cell | undefined; redact: (text: string) => string }) =>
  async (
    { id, target }: { id: string; target: McpTarget },
    events: { onClosed: () => void; onToolsChanged: () => void },
  ): Promise<Connected> => {
    const client = new Client({ name: `thor-remote-cli-${id}`, version: VERSION }, { capabilities: {} });
    const { transport, stderr } = transportOf(target, cell);
    try {
      await client.connect(transport, { timeout: INITIALIZE_MS });
      client.setNotificationHandler(ToolListChangedNotificationSchema, events.onToolsChanged);
      const tools = await listTools(client);
      const onerror = (err: Error) => (/reconnection attempts/.test(err.message) ? events.onClosed() : undefined);
      Object.assign(client, { onclose: events.onClosed, onerror });
      const live: Live = {
        tools,
        listTools: () => listTools(client),
        call: (name, args, options) => callTool(client, { name, arguments: { ...args } }, options),
        close: () => closeClient(client, transport),
      };
      return { kind: "live", live };
    } catch (err) {
      await closeClient(client, transport);
      const isRejected = err instanceof StreamableHTTPError && [401, 403].includes(err.code ?? 0);
      const said = stderr();
      const error = redact(`${failureOf(err).error}${said === "" ? "" : `: ${said.trim()}`}`);
      return { kind: isRejected ? "rejected" : "failed", error };
    }
  };
