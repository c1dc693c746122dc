import { editDistance } from "@thor/kit/pure/edit-distance";
import type { z } from "zod";

import { WorkspaceConfig } from "./schema.ts";

export type ParsedConfig = { kind: "valid"; config: WorkspaceConfig } | { kind: "invalid"; issues: string[] };

const MAX_BYTES = 256 * 1024;
const KNOWN_KEYS = [
  "owners",
  "users",
  "profiles",
  "slack",
  "github",
  "email",
  "name",
  "channels",
  "repos",
  "channelRepos",
  "protectedBranches",
  "github_app_installation_id",
];

function pathText(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "(root)";
  return path
    .map((key, at) => (typeof key === "number" ? `[${key}]` : `${at === 0 ? "" : "."}${String(key)}`))
    .join("");
}

const folded = (key: string) => key.toLowerCase().replaceAll(/[-_]/g, "");

function suggestion(key: string): string {
  const near = KNOWN_KEYS.find((known) => folded(known) === folded(key) || editDistance(known, key) <= 2);
  return near === undefined ? "" : `. Did you mean "${near}"?`;
}

function linesOf(issue: z.core.$ZodIssue): string[] {
  if (issue.code !== "unrecognized_keys") return [`- ${pathText(issue.path)}: ${issue.message}`];
  return issue.keys.map((key) => `- ${pathText([...issue.path, key])}: unknown key "${key}"${suggestion(key)}`);
}

function readJson(text: string): { value: unknown } | { fault: string } {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { fault: "- (root): is not valid JSON" };
  }
}

/** Turns the text of thor.json into a value, or into one line per fault, all at once. */
export function parseWorkspaceConfig(text: string): ParsedConfig {
  if (text.length > MAX_BYTES) return { kind: "invalid", issues: ["- (root): is larger than 256 kB"] };
  const json = readJson(text);
  if ("fault" in json) return { kind: "invalid", issues: [json.fault] };
  const parsed = WorkspaceConfig.safeParse(json.value);
  return parsed.success
    ? { kind: "valid", config: parsed.data }
    : { kind: "invalid", issues: parsed.error.issues.flatMap(linesOf) };
}
