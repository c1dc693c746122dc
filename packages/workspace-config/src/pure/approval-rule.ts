/** Which approval policy an action falls under: the first rule that matches, then the defaults, then Thor's own. */
import { matchesGlob } from "@thor/kit/pure/glob";

import { field, itemsOf } from "./entries.ts";
import type { Approvals, Match } from "./schema/approvals.ts";
import { durationMs } from "./schema/words.ts";

export interface ApprovalAction {
  /** Upstream id, `gh` or `aws`. */
  upstream: string;
  tool: string;
  profile?: string | undefined;
  repo?: string | undefined;
  channel?: string | undefined;
  /** Effective arguments; for `gh` and `aws` the facts that rules may name. */
  args: unknown;
}

export interface ApprovalPolicy {
  /** Place of the rule in `approvals.rules`; undefined when only defaults apply. */
  rule: number | undefined;
  approvers: readonly string[];
  selfApproval: boolean;
  quorum: number;
  expiresAfterMs: number;
  requireReason: "never" | "reject" | "always";
  remind: boolean;
  /** Where the rule sends its cards. */
  channel: string | undefined;
  /** Where a card goes when its conversation has no Slack thread. */
  fallbackChannel: string | undefined;
  grants: { enabled: boolean; durationMs: number; maxUses: number };
}

const BUILT_IN = {
  approvers: ["*"],
  selfApproval: true,
  quorum: 1,
  expiresAfter: "24h",
  requireReason: "never",
  remind: true,
} as const;
const BUILT_IN_GRANTS = { enabled: true, duration: "30m", maxUses: 20 };
const HOUR_MS = 3_600_000;

/** The argument at a dotted path as text; only a plain value has one. */
function argumentAt(args: unknown, path: string): string | undefined {
  const step = (value: unknown, key: string): unknown =>
    Array.isArray(value) ? itemsOf(value)[Number(key)] : field(value, key);
  const found = path.split(".").reduce(step, args);
  return ["string", "number", "boolean"].includes(typeof found) ? String(found) : undefined;
}

function fits(match: Match, action: ApprovalAction): boolean {
  const isPlainFit = (["upstream", "tool", "profile", "repo", "channel"] as const).every(
    (key) => match[key] === undefined || match[key] === action[key],
  );
  if (!isPlainFit) return false;
  return Object.entries(match.where ?? {}).every(([path, globs]) => {
    const argument = argumentAt(action.args, path);
    return argument !== undefined && [globs].flat().some((glob) => matchesGlob(glob, argument));
  });
}

/** The values that are set; an absent field must not hide the one beneath it. */
function given<T extends object>(fields: T | undefined) {
  return Object.fromEntries(Object.entries(fields ?? {}).filter(([, value]) => value !== undefined));
}

/** The policy in force for one action. */
export function approvalPolicyFor(approvals: Approvals, action: ApprovalAction): ApprovalPolicy {
  const at = approvals.rules.findIndex(({ match }) => fits(match, action));
  const rule = approvals.rules[at];
  const { defaults } = approvals;
  const policy = { ...BUILT_IN, ...given(defaults), ...given(rule) };
  const grants = { ...BUILT_IN_GRANTS, ...given(defaults.grants), ...given(rule?.grants) };
  return {
    rule: rule === undefined ? undefined : at,
    approvers: policy.approvers,
    selfApproval: policy.selfApproval,
    quorum: policy.quorum,
    expiresAfterMs: durationMs(policy.expiresAfter),
    requireReason: policy.requireReason,
    remind: policy.remind,
    channel: rule?.channel,
    fallbackChannel: defaults.channel,
    grants: {
      // What changes a cloud is asked every time, whatever the file says.
      enabled: grants.enabled && action.upstream !== "aws",
      durationMs: Math.min(durationMs(grants.duration), approvals.grants.max_hours * HOUR_MS),
      maxUses: grants.maxUses,
    },
  };
}
