/** A tool as its upstream describes it, and how a call of it can end. */
import type { Json } from "@thor/domain/json";
import type { Arguments } from "@thor/integrations/manifest";

export type Schema = Readonly<Record<string, Json | undefined>>;

export interface UpstreamTool {
  name: string;
  description?: string | undefined;
  inputSchema: Schema;
  isReadOnly?: boolean | undefined;
  isDestructive?: boolean | undefined;
}

export type ContentPart = Readonly<Record<string, unknown>> & { readonly type: string };
export interface ToolResult {
  content: readonly ContentPart[];
  structuredContent?: unknown;
  isError: boolean;
}

export type CallEnd =
  | { kind: "result"; result: ToolResult }
  /** The upstream answered with an error of the protocol. */
  | { kind: "refused"; error: string }
  /** It never reached the upstream. */
  | { kind: "not_sent"; error: string }
  /** Sent, and no readable answer: it may have had its effect. */
  | { kind: "no_answer"; error: string };

export interface CallOptions {
  signal: AbortSignal;
  timeoutMs: number;
  /** One outbound request, whatever happens: for what must not be done twice. */
  isOnce?: boolean | undefined;
}
/** A connection that has been made. */
export interface Live {
  tools: readonly UpstreamTool[];
  listTools: () => Promise<readonly UpstreamTool[]>;
  call: (name: string, args: Arguments, options: CallOptions) => Promise<CallEnd>;
  close: () => Promise<void>;
}
export type Connected = { kind: "live"; live: Live } | { kind: "failed" | "rejected"; error: string };

const isRecord = (value: unknown): value is Readonly<Record<string, Json | undefined>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The schema of one argument, if the tool declares it. */
export function propertyOf(schema: Schema, name: string): Schema | undefined {
  const properties = schema["properties"];
  const property = isRecord(properties) ? properties[name] : undefined;
  return isRecord(property) ? property : undefined;
}

/** Whether an argument takes a string, also as one of several forms. */
export function takesString(property: Schema | undefined): boolean {
  if (property === undefined) return false;
  const { type, anyOf } = property;
  if (type === "string" || (Array.isArray(type) && type.includes("string"))) return true;
  return Array.isArray(anyOf) && anyOf.some((form: Json) => isRecord(form) && takesString(form));
}

/** The schema as the agent sees it: what Thor always sets is not the agent's to give. */
export function withoutArguments(schema: Schema, names: readonly string[]): Schema {
  const { properties, required } = schema;
  const isShown = (name: string) => !names.includes(name);
  return {
    ...schema,
    ...(isRecord(properties)
      ? { properties: Object.fromEntries(Object.entries(properties).filter(([name]) => isShown(name))) }
      : {}),
    ...(Array.isArray(required)
      ? { required: required.filter((name: Json) => typeof name === "string" && isShown(name)) }
      : {}),
  };
}
