/** Approval rules: what they name exists, can be met, and can be reached. */
import { matchesGlob } from "@thor/kit/pure/glob";

import { BUILT_IN_UPSTREAMS, CLI_STORES } from "../built-in-upstreams.ts";
import type { Entries } from "../entries.ts";
import { unknownName, type Finding } from "../issues.ts";
import type { Path } from "../json-text.ts";
import type { Match, Rule } from "../schema/approvals.ts";
import { profileFindings } from "./people.ts";

interface Placed {
  rule: Rule;
  at: number;
  path: Path;
}

const storesOf = ({ mcpNames }: Entries) => [
  ...new Set([...BUILT_IN_UPSTREAMS.keys(), ...CLI_STORES.keys(), ...mcpNames]),
];

/** The tools that need approval there; undefined while its entry is faulty itself. */
function approveListOf({ mcp, mcpNames }: Entries, upstream: string): string[] | undefined {
  const cli = CLI_STORES.get(upstream);
  if (cli !== undefined) return [...cli.approve];
  const entry = mcp.find(([name]) => name === upstream)?.[1];
  if (entry === undefined && mcpNames.includes(upstream)) return undefined;
  return [...(BUILT_IN_UPSTREAMS.get(upstream)?.approve ?? []), ...(entry?.approve ?? [])];
}

function matchFindings(entries: Entries, { rule, path: base }: Placed): Finding[] {
  const { upstream, tool, profile, where = {} } = rule.match;
  const path = [...base, "match"];
  const profiles = profileFindings(entries.profileNames, [{ name: profile, path: [...path, "profile"] }]);
  if (upstream === undefined)
    return tool === undefined ? profiles : [...profiles, { path: [...path, "tool"], message: 'needs "upstream"' }];
  const stores = storesOf(entries);
  if (!stores.includes(upstream))
    return [...profiles, unknownName([...path, "upstream"], `unknown upstream "${upstream}"`, [upstream, stores])];
  const tools = approveListOf(entries, upstream);
  const isKnown = tool === undefined || tools === undefined || tools.includes(tool);
  const known = CLI_STORES.get(upstream)?.where;
  const wrong = Object.keys(where).filter((name) => known?.includes(name) === false);
  return [
    ...profiles,
    ...(isKnown
      ? []
      : [unknownName([...path, "tool"], `"${tool}" is not an approve tool of ${upstream}`, [tool, tools])]),
    ...wrong.map((name) => unknownName([...path, "where", name], `${upstream} has no "${name}"`, [name, known ?? []])),
  ];
}

type Policy = Pick<Rule, "approvers" | "quorum">;

function peopleOf({ groupNames }: Entries, { approvers = [] }: Policy, path: Path): Finding[] {
  return approvers.flatMap((token, at) => {
    const group = token.startsWith("@group:") ? token.slice("@group:".length) : undefined;
    if (group === undefined || groupNames.includes(group)) return [];
    return [unknownName([...path, "approvers", at], `unknown group "${group}"`, [group, groupNames])];
  });
}

/** Only user ids can be counted beforehand. */
function quorumFindings(own: Policy, defaults: Policy, path: Path): Finding[] {
  const approvers = own.approvers ?? defaults.approvers ?? ["*"];
  const quorum = own.quorum ?? defaults.quorum ?? 1;
  const isCountable = approvers.every((token) => /^[UW]/.test(token));
  if (!isCountable || quorum <= approvers.length) return [];
  const place = own.quorum === undefined ? [...path, "approvers"] : [...path, "quorum"];
  return [{ path: place, message: `quorum ${quorum} is larger than the number of listed users (${approvers.length})` }];
}

const listOf = (globs: string | readonly string[]) => (typeof globs === "string" ? [globs] : globs);

/** Whether everything that fits `narrow` fits `wide` as well, as far as that can be seen. */
const covers = (wide: string, narrow: string) =>
  wide === "*" || wide === narrow || (!/[*?]/.test(narrow) && matchesGlob(wide, narrow));

function hides(earlier: Match, later: Match): boolean {
  const isScalarWide = (["upstream", "tool", "profile", "repo", "channel"] as const).every(
    (key) => earlier[key] === undefined || earlier[key] === later[key],
  );
  if (!isScalarWide) return false;
  return Object.entries(earlier.where ?? {}).every(([path, wide]) => {
    const narrow = later.where?.[path];
    return narrow !== undefined && listOf(narrow).every((glob) => listOf(wide).some((other) => covers(other, glob)));
  });
}

function orderFindings(placed: readonly Placed[], ruleCount: number): Finding[] {
  return placed.flatMap(({ rule, at, path }): Finding[] => {
    if (Object.keys(rule.match).length === 0 && at < ruleCount - 1)
      return [{ path: [...path, "match"], message: "an empty match fits everything: only the last rule may have it" }];
    const hider = placed.find((other) => other.at < at && hides(other.rule.match, rule.match));
    const isEmpty = hider !== undefined && Object.keys(hider.rule.match).length === 0;
    return hider === undefined || isEmpty
      ? []
      : [{ path, message: `is never reached: rules[${hider.at}] always matches first` }];
  });
}

export function approvalFindings(entries: Entries): Finding[] {
  const base = ["approvals", "rules"];
  const placed = entries.rules.flatMap((rule, at): Placed[] =>
    rule === undefined ? [] : [{ rule, at, path: [...base, at] }],
  );
  const defaults = entries.defaults ?? {};
  const top = ["approvals", "defaults"];
  const awsGrants = placed.filter(({ rule }) => rule.match.upstream === "aws" && rule.grants?.enabled === true);
  const continuing = { approvers: entries.budgets?.continueApprovers };
  return [
    ...peopleOf(entries, defaults, top),
    ...quorumFindings(defaults, {}, top),
    ...placed.flatMap((one) => [
      ...matchFindings(entries, one),
      ...peopleOf(entries, one.rule, one.path),
      ...((one.rule.approvers ?? one.rule.quorum) === undefined ? [] : quorumFindings(one.rule, defaults, one.path)),
    ]),
    ...awsGrants.map(({ path }) => ({ path: [...path, "grants", "enabled"], message: "aws always asks: no grants" })),
    ...orderFindings(placed, entries.rules.length),
    ...peopleOf(entries, continuing, ["budgets"]).map(({ path, ...finding }) => ({
      ...finding,
      path: path.map((key) => (key === "approvers" ? "continueApprovers" : key)),
    })),
  ];
}
