/** The wiring of MCP: manifests and credentials, connections, and the command that uses them. */
import type { Json } from "@thor/domain/json";
import { sha256Hex } from "@thor/kit/derived-key";
import { systemClock } from "@thor/kit/system-clock";

import { createSchemaCheck } from "../adapters/json-schema.ts";
import { chooseCell } from "../adapters/mcp-cell.ts";
import { createConnectMcp } from "../adapters/mcp-client.ts";
import type { KnownPerson } from "../core/access/person.ts";
import type { Caller } from "../core/call.ts";
import { redactText } from "../core/outbound/redact-output.ts";
import { findSecretIn } from "../core/outbound/scan-json.ts";
import { createAttribute } from "../flows/mcp/attribute.ts";
import { createConnection } from "../flows/mcp/connection.ts";
import { createMcpDecide } from "../flows/mcp/decide.ts";
import { createExecuteTool } from "../flows/mcp/execute.ts";
import { createJudgeTools } from "../flows/mcp/judge-tools.ts";
import { createUpstreams, type Upstreams } from "../flows/mcp/upstreams.ts";
import type { Parts } from "./parts.ts";

const STDIO_IDLE_MS = 10 * 60_000;
const HTTP_IDLE_MS = 30 * 60_000;

export interface McpParts extends Parts {
  personOf: (caller: Caller) => KnownPerson | undefined;
  viewerLink: (anchorId: string, triggerId: string | undefined) => string;
}

const healthOf = (upstreams: Upstreams) => () => {
  const entries = upstreams.status().map(({ targetKey, connection }) => {
    return { targetKey, connected: connection.state() === "ready", tools: connection.tools() };
  });
  const connectedTargets = entries.filter(({ connected }) => connected).map(({ targetKey }) => targetKey);
  const instances = entries.map(({ targetKey, ...shown }) => [targetKey, shown] as const);
  return {
    configured: upstreams.configured(),
    connected: connectedTargets.length,
    connectedTargets,
    instances: Object.fromEntries(instances),
  };
};

/** Everything about MCP. */
export async function createMcpSide(parts: McpParts) {
  const { config, log, ledger, view, audit, heldSecrets, personOf, viewerLink } = parts;
  const cell = await chooseCell({ isSandboxDisabled: config.mcp.isSandboxDisabled, path: config.path }, log);
  const redact = (text: string) => redactText(heldSecrets, text);
  const connect = createConnectMcp({ cell, redact });
  const judge = createJudgeTools({
    ...ledger,
    log,
    now: systemClock.now,
    digest: sha256Hex,
    isTolerant: config.isProduction,
  });
  const upstreams = createUpstreams({
    admission: () => view.current().admission,
    environment: config.mcp.environment,
    open: (upstream) =>
      createConnection({
        name: upstream.targetKey,
        clock: systemClock,
        log,
        idleMs: upstream.target.transport === "stdio" ? STDIO_IDLE_MS : HTTP_IDLE_MS,
        connect: (events) => connect(upstream, events),
        judge: (tools) => judge(upstream, tools),
        noteFailure: (error) => {
          const lastError = redact(error).replaceAll(/\s+/g, " ");
          void ledger.recordIntegration({ integration: upstream.targetKey, state: "down", lastError });
        },
      }),
  });
  const decide = createMcpDecide({
    upstreams,
    attribute: createAttribute({ personOf, note: audit.note }),
    execute: createExecuteTool(),
    findSecret: (value: Json) => findSecretIn(value, heldSecrets()),
    checkSchema: createSchemaCheck(),
    viewerLink,
  });
  return { decide, warm: upstreams.warm, health: healthOf(upstreams), close: upstreams.close };
}
