/** The rule an action falls under, named so that a changed rule has another name. */
import { canonicalJson } from "@thor/kit/pure/canonical-json";
import type { Admission } from "@thor/workspace-config/pure/admission";
import { approvalPolicyFor, type ApprovalPolicy } from "@thor/workspace-config/pure/approval-rule";

import type { SessionCaller } from "../resolve-caller.ts";

export interface PolicyDeps {
  admission: () => Pick<Admission, "approvals" | "users" | "isDecidingSuspended">;
  digest: (text: string) => string;
}
interface Judged {
  store: string;
  tool: string;
  args: unknown;
}
export interface Ruled {
  policy: ApprovalPolicy;
  rule: string;
}

export const createPolicyFor =
  ({ admission, digest }: PolicyDeps) =>
  ({ store, tool, args }: Judged, { profile, repo, channels }: SessionCaller): Ruled => {
    const action = { upstream: store, tool, profile, repo, channel: channels[0], args };
    const policy = approvalPolicyFor(admission().approvals, action);
    const { rule, channel, fallbackChannel, ...counts } = policy;
    const name = rule === undefined ? "defaults" : `rules[${rule}]`;
    const { grants, ...rest } = counts;
    return {
      policy,
      rule: `${name}@${digest(canonicalJson({ ...rest, ...grants, channel, fallbackChannel })).slice(0, 12)}`,
    };
  };
export type PolicyFor = ReturnType<typeof createPolicyFor>;
