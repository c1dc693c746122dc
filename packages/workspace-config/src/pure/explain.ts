/** Decisions in words, with the part of thor.json that made them. */
import { assertNever } from "@thor/kit/pure/assert-never";

import type { Admission } from "./admission.ts";
import { approvalPolicyFor, type ApprovalAction } from "./approval-rule.ts";
import { profileOfChannel, profileOfRepo, resolveProfile } from "./profile.ts";

const named = (profile: string | undefined) => (profile === undefined ? "in no profile" : `in profile ${profile}`);

function choiceWords(config: Admission, channels: readonly string[], repo: string | undefined): string {
  const choice = resolveProfile(config, channels, repo);
  if (choice.kind === "profile")
    return choice.name === undefined
      ? "no profile: global credentials"
      : `profile ${choice.name}: variables that end in _${choice.name}, credentials: ${config.profiles[choice.name]?.credentials}`;
  switch (choice.why) {
    case "threads_disagree":
      return "error: threads of different profiles";
    case "repo_disagrees":
      return "error: channel and repository disagree";
    case "channel_not_in_profile":
      return "error: the repository belongs to a profile this channel is not in";
    case "profile_lost":
      return "error: the faulty file lost a profile";
    default:
      return assertNever(choice.why);
  }
}

/** Which credentials a conversation of these threads and this repository uses, and why. */
export function explainProfile(config: Admission, channels: readonly string[], repo: string | undefined): string[] {
  return [
    choiceWords(config, channels, repo),
    ...channels.map((channel) => `channel ${channel} is ${named(profileOfChannel(config, channel))}`),
    ...(repo === undefined ? [] : [`repository ${repo} is ${named(profileOfRepo(config, repo))}`]),
  ];
}

const minutes = (ms: number) => `${Math.round(ms / 60_000)} minutes`;

/** Who would have to approve an action, and which rule says so. */
export function explainApproval({ approvals }: Pick<Admission, "approvals">, action: ApprovalAction): string[] {
  const policy = approvalPolicyFor(approvals, action);
  const { approvers, quorum, selfApproval, requireReason, expiresAfterMs, grants } = policy;
  const match = policy.rule === undefined ? undefined : approvals.rules[policy.rule]?.match;
  return [
    match === undefined
      ? "no rule matches: approvals.defaults"
      : `approvals.rules[${policy.rule}] ${JSON.stringify(match)}`,
    `approvers: ${approvers.join(", ")}`,
    `quorum: ${quorum}${selfApproval ? "" : ", not the requester"}`,
    `reason: ${requireReason}`,
    `expires after ${minutes(expiresAfterMs)}`,
    ...(policy.channel === undefined ? [] : [`card: ${policy.channel}`]),
    grants.enabled ? `grants: ${minutes(grants.durationMs)}, ${grants.maxUses} uses` : "grants: none",
  ];
}
