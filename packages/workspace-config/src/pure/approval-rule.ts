/** Which approval policy an action falls under: the first rule that matches, then the defaults, then Thor's own. */
import { matchesGlob } from "@thor/kit/pure/glob";

import { field, itemsOf } from "./entries.ts";
import type { Approvals, Match, Rule } from "./schema/approvals.ts";
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

const HOUR_MS = 3_600_000;

const step = (value: unknown, key: string): unknown =>
  Array.isArray(value) ? itemsOf(value)[Number(key)] : field(value, key);

/** The argument at a dotted path as text; only a plain value has one. */
function argumentAt(args: unknown, path: string): string | undefined {
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

/** The nearest value that is set. */
const nearest = <T>(fallback: T, ...given: readonly (T | undefined)[]): T =>
  given.find((value) => value !== undefined) ?? fallback;

function grantsOf(approvals: Approvals, own: Partial<Rule>, { upstream }: ApprovalAction): ApprovalPolicy["grants"] {
  const [mine, shared] = [own.grants ?? {}, approvals.defaults.grants ?? {}];
  const longestMs = approvals.grants.max_hours * HOUR_MS;
  return {
    // What changes a cloud is asked every time, whatever the file says.
    enabled: nearest(true, mine.enabled, shared.enabled) && upstream !== "aws",
    durationMs: Math.min(durationMs(nearest("30m", mine.duration, shared.duration)), longestMs),
    maxUses: nearest(20, mine.maxUses, shared.maxUses),
  };
}

/** The policy in force for one action. */
export function approvalPolicyFor(approvals: Approvals, action: ApprovalAction): ApprovalPolicy {
  const at = approvals.rules.findIndex(({ match }) => fits(match, action));
  const own: Partial<Rule> = approvals.rules[at] ?? {};
  const { defaults } = approvals;
  return {
    rule: at < 0 ? undefined : at,
    approvers: nearest(["*"], own.approvers, defaults.approvers),
    selfApproval: nearest(true, own.selfApproval, defaults.selfApproval),
    quorum: nearest(1, own.quorum, defaults.quorum),
    expiresAfterMs: durationMs(nearest("24h", own.expiresAfter, defaults.expiresAfter)),
    requireReason: nearest("never", own.requireReason, defaults.requireReason),
    remind: nearest(true, own.remind, defaults.remind),
    channel: own.channel,
    fallbackChannel: defaults.channel,
    grants: grantsOf(approvals, own, action),
  };
}
