/** Upstreams that the operator adds, and tightening of those that Thor brings. */
import { z } from "zod";

import { HeaderName, HeaderValue } from "./headers.ts";
import { distinct, duration, profileName, toolName } from "./words.ts";

const UPSTREAM_ID = /^(?!(?:list|help)$)[a-z][a-z0-9-]{1,30}$/;

export const McpEntry = z.strictObject({
  url: z.string().min(1).optional().describe("Address of a streamable-HTTP upstream; may use ${MCP_…}."),
  headers: z.record(HeaderName, HeaderValue).optional().describe("Headers sent with it; values may use ${MCP_…}."),
  allow: distinct(toolName).optional().describe("Exact names of tools that run at once."),
  approve: distinct(toolName).optional().describe("Exact names of tools that a person has to approve."),
  hide: distinct(toolName).optional().describe("Tools of a built-in upstream that are not offered."),
  disclaimers: z
    .record(toolName, z.string().min(1))
    .optional()
    .describe("Approved tool to the argument that carries Thor's disclaimer."),
  timeout: duration({ max: "5m" }).optional().describe("Longest call, at most 5m."),
  profiles: distinct(profileName).optional().describe("Only conversations of these profiles see it."),
  insecure: z.boolean().optional().describe("Allows http to a host that is not this machine."),
});
export type McpEntry = z.infer<typeof McpEntry>;

export const Mcp = z
  .record(z.string().regex(UPSTREAM_ID, "must be lower case letters, digits and -, and not list or help"), McpEntry)
  .default({})
  .describe("Operator upstreams by name, and tightening of built-in ones by id.");
