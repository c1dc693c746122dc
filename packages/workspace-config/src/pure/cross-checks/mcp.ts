/** Upstreams: what a new one needs, and what a built-in one accepts. */
import { BUILT_IN_UPSTREAMS, RESERVED_IDS } from "../built-in-upstreams.ts";
import type { Entries } from "../entries.ts";
import { unknownName, type Finding } from "../issues.ts";
import type { Path } from "../json-text.ts";
import { placeholdersOf } from "../schema/headers.ts";
import type { McpEntry } from "../schema/mcp.ts";
import { profileFindings } from "./people.ts";

const TIGHTENING: readonly string[] = ["approve", "hide"];
const LOOPBACK = /^(?:localhost|127(?:\.[0-9]{1,3}){3}|\[::1\])$/i;

function placeholderFindings(text: string, path: Path): Finding[] {
  const { names, isMalformed } = placeholdersOf(text);
  const refused = names.find((name) => !name.startsWith("MCP_"));
  if (isMalformed) return [{ path, message: "has a ${…} that does not name a variable" }];
  if (refused === undefined) return [];
  return [{ path, message: `may not use \${${refused}}: only variables that start with MCP_` }];
}

/** What can be said of an address before its variables are known. */
function urlFindings(url: string, isInsecure: boolean, path: Path): Finding[] {
  if (url.startsWith("${")) return [];
  const filled = URL.parse(url.replaceAll(/\$\{[^}]*\}/g, "x"));
  if (filled === null) return [{ path, message: "must be an address" }];
  if (filled.username !== "" || filled.password !== "") return [{ path, message: "may not hold credentials" }];
  if (filled.protocol === "https:") return [];
  const isPlain = filled.protocol === "http:" && (isInsecure || LOOPBACK.test(filled.hostname));
  return isPlain ? [] : [{ path, message: 'must be https, unless "insecure" is true' }];
}

function toolFindings({ allow = [], approve = [], disclaimers = {} }: McpEntry, path: Path): Finding[] {
  const both = approve.flatMap((tool, at) => (allow.includes(tool) ? [{ tool, at }] : []));
  const gone = Object.keys(disclaimers).filter((tool) => !approve.includes(tool));
  const none: Finding[] = allow.length + approve.length > 0 ? [] : [{ path, message: "needs at least one tool" }];
  return [
    ...none,
    ...both.map(({ tool, at }) => ({ path: [...path, "approve", at], message: `"${tool}" is in allow too` })),
    ...gone.map((tool) => unknownName([...path, "disclaimers", tool], `"${tool}" is not in approve`, [tool, approve])),
  ];
}

function newUpstream(entry: McpEntry, path: Path, profileNames: readonly string[]): Finding[] {
  const { url, headers = {}, profiles = [], insecure = false } = entry;
  const needed: Finding[] = url === undefined ? [{ path, message: 'needs "url"' }] : [];
  const hidden: Finding[] =
    entry.hide === undefined ? [] : [{ path: [...path, "hide"], message: "is for built-in upstreams only" }];
  const used = profiles.map((name, at) => ({ name, path: [...path, "profiles", at] }));
  return [
    ...needed,
    ...(url === undefined ? [] : urlFindings(url, insecure, [...path, "url"])),
    ...(url === undefined ? [] : placeholderFindings(url, [...path, "url"])),
    ...Object.entries(headers).flatMap(([name, value]) => placeholderFindings(value, [...path, "headers", name])),
    ...toolFindings(entry, path),
    ...hidden,
    ...profileFindings(profileNames, used),
  ];
}

function tightened(entry: McpEntry, path: Path, tools: readonly string[]): Finding[] {
  const extra = Object.keys(entry).filter((key) => !TIGHTENING.includes(key));
  const named = (["approve", "hide"] as const).flatMap((key) =>
    (entry[key] ?? []).map((tool, at) => ({ tool, path: [...path, key, at] })),
  );
  return [
    ...extra.map((key) => ({ path: [...path, key], message: "a built-in upstream accepts only approve and hide" })),
    ...named.flatMap(({ tool, path: place }) =>
      tools.includes(tool) ? [] : [unknownName(place, `unknown tool "${tool}"`, [tool, tools])],
    ),
  ];
}

export function mcpFindings({ mcp, profileNames }: Entries): Finding[] {
  return mcp.flatMap(([name, entry]) => {
    const path = ["mcp", name];
    const builtIn = BUILT_IN_UPSTREAMS.get(name);
    if (builtIn !== undefined) return tightened(entry, path, [...builtIn.allow, ...builtIn.approve]);
    if (RESERVED_IDS.includes(name)) return [{ path, message: "is the name of something Thor brings itself" }];
    return newUpstream(entry, path, profileNames);
  });
}
