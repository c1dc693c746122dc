/** What one outside system is to Thor: data and pure functions, no client and no environment of its own. */
import type { Json } from "@thor/domain/json";

export type Arguments = Readonly<Record<string, Json>>;
/** The declared variables of one manifest, resolved for one profile. */
export type Values = Readonly<Partial<Record<string, string>>>;

export interface Variable {
  name: string;
  /** `single`: its suffixed form wins alone; `bundle`: all suffixed or none; `global`: never suffixed. */
  scope: "single" | "bundle" | "global";
  secret: boolean;
  required: boolean;
  default?: string | undefined;
  doc: string;
}

export type McpTarget =
  | { transport: "http"; url: string; headers: Readonly<Record<string, string>>; insecure?: boolean | undefined }
  | { transport: "stdio"; command: string; args: readonly string[]; env: Readonly<Record<string, string>> };

/** A tool that changes something outside, so that a person decides about each call. */
export interface ApproveTool {
  name: string;
  title: (args: Arguments) => string;
  /** Arguments that the card names first, in this order. */
  fields: readonly string[];
  required: readonly string[];
  /** Prose that a reviewer may change before approving. */
  editable: readonly string[];
  /** The argument that carries Thor's footer. */
  disclaimer?: string | undefined;
  /** Values that Thor always sets; another given one is refused with these words. */
  fixed?: Readonly<Record<string, { value: string; hint: string }>> | undefined;
  /** Names the person it is written for: the argument, and the look-up that turns an e-mail into its value. */
  attribution?: { field: string; lookUp: string; query: string } | undefined;
  /** Never covered by a grant. */
  alwaysAsk: boolean;
  /** Slack asks once more before Approve counts. */
  confirm: boolean;
}

export interface EgressRule {
  host: string;
  methods: readonly string[];
  path: { exact: string } | { prefix: string } | { pattern: string };
  headers: Readonly<Record<string, string>>;
  /** Parameters of the query that no request may have. */
  forbidQuery?: readonly string[];
}

export interface Integration {
  id: string;
  title: string;
  variables: readonly Variable[];
  mcp: (values: Values) => McpTarget;
  tools: {
    allow: readonly string[];
    approve: readonly ApproveTool[];
    /** Known and not offered; every unlisted name is hidden anyway. */
    hidden: readonly string[];
    /** Only Thor's own look-ups may call them. */
    internal: readonly string[];
  };
  /** Argument to the variable that it is always set to. */
  pin: Readonly<Record<string, string>>;
  egress: readonly EgressRule[];
}

export const words = (text: string): readonly string[] => text.trim().split(/\s+/);

/** A plain approve tool, whose card shows all arguments under their own names. */
export const genericApproveTool = (name: string, disclaimer?: string): ApproveTool => ({
  name,
  title: () => `Run ${name}`,
  fields: [],
  required: [],
  editable: disclaimer === undefined ? [] : [disclaimer],
  disclaimer,
  alwaysAsk: false,
  confirm: false,
});

/** An argument as text for a title. */
export const textOf = (args: Arguments, name: string): string => {
  const value = args[name];
  return typeof value === "string" ? value : JSON.stringify(value ?? "");
};
