/** The outside world's names for a conversation, built and parsed in one place. */
import type { AliasType } from "./alias.ts";

export const slackThreadKey = (channel: string, threadTs: string) => `slack:thread:${channel}/${threadTs}`;
export const gitBranchKey = (repo: string, branch: string) => `git:branch:${repo}:${branch}`;
export const githubIssueKey = (repo: string, fullName: string, number: number) =>
  `github:issue:${repo}:${fullName}#${number}`;

const BINDABLE: readonly (readonly [prefix: string, type: AliasType, shape: RegExp])[] = [
  ["slack:thread:", "slack.thread", /^[A-Z0-9]{2,32}\/\d+\.\d{6}$/],
  ["git:branch:", "git.branch", /^[A-Za-z0-9._-]+:\S+$/],
  ["github:issue:", "github.issue", /^[A-Za-z0-9._-]+:[^\s/]+\/[^\s/#]+#\d+$/],
];

export type ParsedKey =
  | { kind: "bindable"; type: AliasType; value: string }
  | { kind: "unbindable" }
  | { kind: "malformed" };

/** Says which alias a key stands for; a key with a bindable prefix that breaks its grammar is malformed. */
export function parseCorrelationKey(key: string): ParsedKey {
  const row = BINDABLE.find(([prefix]) => key.startsWith(prefix));
  if (row === undefined) return { kind: "unbindable" };
  const [prefix, type, shape] = row;
  const value = key.slice(prefix.length);
  return shape.test(value) ? { kind: "bindable", type, value } : { kind: "malformed" };
}
