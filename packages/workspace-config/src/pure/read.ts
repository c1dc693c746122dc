/** From the text of thor.json to a value one may rely on, or to everything that is wrong with it. */
import { approvalFindings } from "./cross-checks/approvals.ts";
import { egressFindings, egressWarnings } from "./cross-checks/egress.ts";
import { mcpFindings } from "./cross-checks/mcp.ts";
import { peopleFindings } from "./cross-checks/people.ts";
import { routingWarnings } from "./cross-checks/routing.ts";
import { readEntries, type Entries } from "./entries.ts";
import { findingsOf, type Finding } from "./issues.ts";
import { createKeysAt } from "./json-schema.ts";
import { pathText, readJsonText, type JsonText, type Path } from "./json-text.ts";
import { WorkspaceConfig } from "./schema/root.ts";

/** One fault or warning, and where it stands. */
export interface Issue {
  line: number;
  column: number;
  path: string;
  message: string;
  suggestion?: string | undefined;
}

export type ReadConfig =
  | { kind: "valid"; config: WorkspaceConfig; warnings: Issue[] }
  /** JSON, but not one to rely on; `raw` is what it says. */
  | { kind: "faulty"; raw: unknown; issues: Issue[]; warnings: Issue[] }
  | { kind: "unreadable"; issues: Issue[] };

export const MAX_CONFIG_BYTES = 256 * 1024;
const TOO_LARGE = "is larger than 256 kB";

/** `- users[0].slak: unknown key "slak". Did you mean "slack"?` */
export const issueLine = ({ path, message, suggestion }: Omit<Issue, "line" | "column">) =>
  `- ${path}: ${message}${suggestion === undefined ? "" : `. Did you mean "${suggestion}"?`}`;

/** A fault of the whole file. */
export const wholeFileIssue = (message: string): Issue => ({ line: 1, column: 1, path: "(root)", message });

function positionOf(text: string, at: number) {
  const before = text.slice(0, at).split("\n");
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}

/** The place of the deepest part of a path that the text has. */
function placeOf(places: ReadonlyMap<string, number>, path: Path): number {
  if (path.length === 0) return 0;
  return places.get(pathText(path)) ?? placeOf(places, path.slice(0, -1));
}

type Read = Extract<JsonText, { kind: "read" }>;

function toIssues(text: string, { places }: Read, findings: readonly Finding[]): Issue[] {
  const placed = findings.map((finding) => ({ finding, at: placeOf(places, finding.path) }));
  return placed
    .toSorted((a, b) => a.at - b.at)
    .map(({ finding: { path, ...said }, at }) => ({ ...positionOf(text, at), path: pathText(path), ...said }));
}

function schemaFindings({ error }: ReturnType<typeof WorkspaceConfig.safeParse>): Finding[] {
  if (error === undefined) return [];
  const keysAt = createKeysAt();
  return error.issues.flatMap((issue) => findingsOf(issue, keysAt));
}

const crossFindings = (entries: Entries): Finding[] => [
  ...peopleFindings(entries),
  ...mcpFindings(entries),
  ...approvalFindings(entries),
  ...egressFindings(entries),
];

/** Reads a text; all its faults at once, in the order of the file. */
export function readWorkspaceConfig(text: string): ReadConfig {
  if (new TextEncoder().encode(text).length > MAX_CONFIG_BYTES)
    return { kind: "unreadable", issues: [wholeFileIssue(TOO_LARGE)] };
  const json = readJsonText(text);
  if (json.kind === "fault") {
    const { at, message } = json;
    return { kind: "unreadable", issues: [{ ...wholeFileIssue(message), ...positionOf(text, at) }] };
  }
  const parsed = WorkspaceConfig.safeParse(json.value);
  const entries = readEntries(json.value);
  const isRefused = (path: Path) => json.refused.some((one) => one.path.every((key, at) => path[at] === key));
  const others = [...schemaFindings(parsed), ...crossFindings(entries)].filter(({ path }) => !isRefused(path));
  const refused = json.refused.map(({ path, message }): Finding => ({ path, message }));
  const findings = [...refused, ...others];
  const warnings = toIssues(text, json, [...egressWarnings(entries), ...routingWarnings(entries)]);
  if (parsed.data !== undefined && findings.length === 0) return { kind: "valid", config: parsed.data, warnings };
  return { kind: "faulty", raw: json.value, issues: toIssues(text, json, findings), warnings };
}

/** What an editor needs: all issues and warnings of a text. */
export function checkWorkspaceConfig(text: string): { issues: Issue[]; warnings: Issue[] } {
  const read = readWorkspaceConfig(text);
  return {
    issues: read.kind === "valid" ? [] : read.issues,
    warnings: read.kind === "unreadable" ? [] : read.warnings,
  };
}
