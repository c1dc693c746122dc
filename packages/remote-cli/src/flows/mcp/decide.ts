/** Decides one `mcp` call: form → upstream → tool and tier → what will really be sent → schema → secrets → run or ask. */
import type { Json } from "@thor/domain/json";
import type { ApproveTool, Arguments } from "@thor/integrations/manifest";
import { tierOf } from "@thor/integrations/tier";
import { canonicalJson } from "@thor/kit/pure/canonical-json";

import type { Action, Call, Caller, Decision, Target } from "../../core/call.ts";
import { MCP_FORMS, parseMcp, type McpRequest } from "../../core/mcp/command.ts";
import { NOT_HERE, toolList, unknownName } from "../../core/mcp/listing.ts";
import { parseArguments } from "../../core/mcp/parse-arguments.ts";
import { prepareArguments } from "../../core/mcp/prepare.ts";
import { originOf } from "../../core/mcp/target.ts";
import { withoutArguments, type Schema, type UpstreamTool } from "../../core/mcp/tool.ts";
import type { SecretHit } from "../../core/outbound/scan-json.ts";
import type { Attribute } from "./attribute.ts";
import type { Connection, Offer } from "./connection.ts";
import type { ExecuteTool } from "./execute.ts";
import type { Upstream, Upstreams } from "./upstreams.ts";

export interface McpDeps {
  upstreams: Upstreams;
  attribute: Attribute;
  execute: ExecuteTool;
  findSecret: (value: Json) => SecretHit | undefined;
  checkSchema: (schema: Schema, args: Arguments) => { kind: "valid" | "unchecked" } | { kind: "invalid"; why: string };
  viewerLink: (anchorId: string, triggerId: string | undefined) => string;
}

type SessionCaller = Extract<Caller, { kind: "session" }>;
interface Place {
  call: Call;
  caller: SessionCaller;
}
/** A tool that this conversation may use. */
interface Found {
  upstream: Upstream;
  connection: Connection;
  tool: UpstreamTool;
  approve: ApproveTool | undefined;
}

const deny = (rule: string, text: string, target: Target = { commandId: "mcp" }): Decision => ({
  kind: "deny",
  rule,
  text,
  target,
});
const answer = (stdout: string): Decision => ({ kind: "answer", stdout, target: { commandId: "mcp.list" } });

const isDecision = (value: object): value is Decision => "kind" in value;

/** Tools that may be seen: listed freely or on approval, offered by the upstream, and as the manifest expects them. */
function visibleTools({ integration }: Upstream, { tools, withdrawn }: Offer) {
  return [...tools.values()].flatMap((tool) => {
    const tier = withdrawn.has(tool.name) ? { kind: "hidden" as const } : tierOf(integration, tool.name);
    if (tier.kind !== "allow" && tier.kind !== "approve") return [];
    return [{ name: tool.name, tool, approve: tier.kind === "approve" ? tier.tool : undefined }];
  });
}

const namesFor = (deps: McpDeps, { caller }: Place) =>
  deps.upstreams.available(caller.profile).flatMap((one) => (one.kind === "usable" ? [one.upstream.id] : []));

async function openUpstream(deps: McpDeps, place: Place, id: string) {
  const found = deps.upstreams
    .available(place.caller.profile)
    .find((one) => (one.kind === "usable" ? one.upstream.id : one.id) === id);
  if (found?.kind === "broken") return deny("upstream.broken", found.text);
  if (found === undefined)
    return deny("upstream.unknown", `${NOT_HERE}\n${unknownName("upstream", id, namesFor(deps, place))}`);
  const { upstream } = found;
  const connection = deps.upstreams.connection(upstream);
  const ready = await connection.ready();
  if (ready.kind === "unavailable")
    return deny("upstream.unavailable", `${id} cannot be reached: ${ready.error}. Try again later.`);
  return { upstream, connection, visible: visibleTools(upstream, ready.offer) };
}

async function findTool(deps: McpDeps, place: Place, wanted: { upstream: string; tool: string }) {
  const opened = await openUpstream(deps, place, wanted.upstream);
  if (isDecision(opened)) return opened;
  const { upstream, connection, visible } = opened;
  const found = visible.find(({ name }) => name === wanted.tool);
  const names = visible.map(({ name }) => name);
  if (found === undefined) return deny("tool.unknown", unknownName("tool", wanted.tool, names));
  return { upstream, connection, tool: found.tool, approve: found.approve } satisfies Found;
}

/** The schema as the agent may fill it in. */
const shownSchema = ({ upstream, tool }: Found) =>
  withoutArguments(tool.inputSchema, Object.keys(upstream.integration.pin));

function describe(found: Found): Decision {
  const { tool, approve } = found;
  const shown = {
    name: tool.name,
    description: tool.description ?? "",
    inputSchema: shownSchema(found),
    classification: approve === undefined ? "allow" : "approve",
    ...(approve?.disclaimer === undefined ? {} : { disclaimerField: approve.disclaimer }),
  };
  return answer(`${JSON.stringify(shown, undefined, 2)}\n`);
}

async function list(deps: McpDeps, place: Place, isJson: boolean): Promise<Decision> {
  const ids = namesFor(deps, place);
  if (!isJson) return answer(ids.map((id) => `${id}\n`).join(""));
  const usable = deps.upstreams.available(place.caller.profile);
  const rows = usable.flatMap((one) => {
    if (one.kind === "broken") return [];
    const connection = deps.upstreams.connection(one.upstream);
    return [{ name: one.upstream.id, state: connection.state(), tools: connection.tools() }];
  });
  return answer(`${JSON.stringify(rows, undefined, 2)}\n`);
}

type CallRequest = Extract<McpRequest, { kind: "call" }>;

/** The form a call should have had, after why it was not made. */
const withSchema = (why: string, found: Found) =>
  `${why}\nInput schema of ${found.tool.name}: ${JSON.stringify(shownSchema(found))}`;

function actionOf(
  found: Found & { approve: ApproveTool },
  given: { authored: Arguments; args: Arguments; injected: Arguments },
): Action {
  const { upstream, tool, approve } = found;
  const { authored, args, injected } = given;
  const texts = approve.editable.map((name): [string, string] => {
    const text = authored[name];
    return [name, typeof text === "string" ? text : ""];
  });
  return {
    store: upstream.id,
    tool: tool.name,
    targetKey: upstream.targetKey,
    args,
    injected,
    context: { origin: originOf(upstream.target) },
    title: approve.title(authored),
    fields: approve.fields,
    editable: Object.fromEntries(texts),
    edited: (fields) => ({
      args: [upstream.id, tool.name, JSON.stringify({ ...authored, ...fields })],
      stdin: undefined,
    }),
    alwaysAsk: approve.alwaysAsk,
    confirm: approve.confirm,
  };
}

/** The page of the run that writes, or of its conversation. */
const linkOf = ({ viewerLink }: McpDeps, { anchorId, trigger }: SessionCaller) =>
  viewerLink(anchorId, trigger?.isOpen === true ? trigger.id : undefined);

async function decideCall(deps: McpDeps, place: Place, request: CallRequest): Promise<Decision> {
  const { call, caller } = place;
  const found = await findTool(deps, place, request);
  if (isDecision(found)) return found;
  const { upstream, connection, tool, approve } = found;
  const target: Target = { commandId: "mcp.call", object: `${upstream.targetKey} ${tool.name}` };
  const parsed = parseArguments(request.argument === "-" ? (call.stdin ?? "") : request.argument);
  if (parsed.kind === "refused") return deny("mcp.arguments", withSchema(parsed.reason, found), target);
  const { args: authored } = parsed;
  const attributed = await deps.attribute({ call, caller, connection, approve, authored });
  const from = { integration: upstream.integration, tool: approve, values: upstream.values };
  const prepared = prepareArguments(from, authored, { link: linkOf(deps, caller), attributed });
  if (prepared.kind === "refused") return deny("mcp.arguments", withSchema(prepared.reason, found), target);
  const { args, injected } = prepared;
  const checked = deps.checkSchema(tool.inputSchema, args);
  if (checked.kind === "invalid") return deny("mcp.arguments", withSchema("the arguments do not fit", found), target);
  const hit = deps.findSecret(authored);
  if (hit !== undefined)
    return deny("outbound.secret", `the argument at ${hit.path} holds a credential (${hit.kind})`, {
      ...target,
      object: `${target.object ?? ""} ${hit.path}`,
    });
  const doable = {
    target,
    canonical: [upstream.id, tool.name, canonicalJson(args)],
    isRead: approve === undefined,
    logged: [upstream.id, tool.name],
    execute: deps.execute({
      connection,
      tool: { name: tool.name, schema: shownSchema(found) },
      args,
      isJson: request.isJson,
      timeoutMs: request.timeoutMs ?? upstream.timeoutMs,
      isOnce: approve !== undefined,
    }),
    close: () => Promise.resolve(),
  };
  if (approve === undefined) return { kind: "run", ...doable };
  return { kind: "ask", asked: actionOf({ ...found, approve }, { authored, args, injected }), ...doable };
}

export const createMcpDecide =
  (deps: McpDeps) =>
  async (call: Call): Promise<Decision> => {
    const { caller } = call;
    if (caller.kind !== "session") return deny("caller", NOT_HERE);
    const parsed = parseMcp(call.args);
    if (parsed.kind === "refused") return deny("mcp.usage", `${parsed.reason}\n${MCP_FORMS}`);
    const { request } = parsed;
    const place = { call, caller };
    switch (request.kind) {
      case "upstreams":
        return list(deps, place, request.isJson);
      case "tools": {
        const opened = await openUpstream(deps, place, request.upstream);
        if (isDecision(opened)) return opened;
        const tools = opened.visible.map(({ name, approve }) => ({ name, needsApproval: approve !== undefined }));
        return answer(toolList(tools, request.search));
      }
      case "tool": {
        const found = await findTool(deps, place, request);
        return isDecision(found) ? found : describe(found);
      }
      case "call":
        return decideCall(deps, place, request);
    }
  };
