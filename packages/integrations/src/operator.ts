/** An upstream that an operator added in thor.json behaves like a built-in one. */
import { genericApproveTool, type Integration, type Values } from "./manifest.ts";

export interface OperatorUpstream {
  url?: string | undefined;
  headers?: Readonly<Record<string, string>> | undefined;
  allow?: readonly string[] | undefined;
  approve?: readonly string[] | undefined;
  disclaimers?: Readonly<Record<string, string>> | undefined;
  insecure?: boolean | undefined;
}

const PLACE = /\$\{(MCP_[A-Z0-9_]*)\}/g;
const namesIn = (text: string) => Array.from(text.matchAll(PLACE), ([, name = ""]) => name);
const filled = (text: string, values: Values) => text.replaceAll(PLACE, (_all, name: string) => values[name] ?? "");

/** Reads an entry of `mcp`; its placeholders are one bundle, so that they are all suffixed or none is. */
export function operatorIntegration(id: string, entry: OperatorUpstream): Integration {
  const { url = "", headers = {}, allow = [], approve = [], disclaimers = {}, insecure } = entry;
  const names = new Set([url, ...Object.values(headers)].flatMap(namesIn));
  return {
    id,
    title: id,
    variables: [...names].map((name) => ({
      name,
      scope: "bundle",
      secret: true,
      required: true,
      doc: `Used by mcp.${id} in thor.json.`,
    })),
    mcp: (values) => ({
      transport: "http",
      url: filled(url, values),
      headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filled(value, values)])),
      insecure,
    }),
    tools: {
      allow,
      approve: approve.map((name) => genericApproveTool(name, disclaimers[name])),
      hidden: [],
      internal: [],
    },
    pin: {},
    egress: [],
  };
}
