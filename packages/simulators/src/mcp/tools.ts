/** A tool as an MCP server lists it, and what a call of it gives back. */
import { z } from "zod";

export const ToolDraft = z.strictObject({
  name: z.string().min(1),
  description: z.string().default(""),
  inputSchema: z.looseObject({ type: z.literal("object") }),
  annotations: z.record(z.string(), z.union([z.boolean(), z.string()])).optional(),
});
export type ToolDraft = z.infer<typeof ToolDraft>;

export const ToolResult = z.strictObject({
  content: z.array(z.looseObject({ type: z.string() })),
  structuredContent: z.record(z.string(), z.unknown()).optional(),
  isError: z.boolean().default(false),
});
export type ToolResult = z.infer<typeof ToolResult>;
