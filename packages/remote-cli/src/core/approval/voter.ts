/** Who may decide: from the policy, and from who people are right now. */
import type { Actor } from "@thor/domain/actor";
import type { Admission } from "@thor/workspace-config/pure/admission";
import type { ApprovalPolicy } from "@thor/workspace-config/pure/approval-rule";
import { userByGithub, userBySlack } from "@thor/workspace-config/pure/trust";

export interface VoterFacts {
  id: string;
  isActive: boolean;
  isBot: boolean;
  isOutsider: boolean;
  isOurTeam: boolean;
}
/** Members by user group, as far as they could be read. */
export type Groups = ReadonlyMap<string, readonly string[]>;
export type Judgement =
  | { kind: "allowed" }
  | { kind: "refused"; rule: "not_a_member" | "not_an_approver" | "self_approval" };

type Config = Pick<Admission, "users" | "approvals">;

/** The tokens of a policy with its named groups opened. */
function openTokens(approvers: readonly string[], { approvals }: Config): string[] {
  return approvers.flatMap((token) =>
    token.startsWith("@group:") ? (approvals.groups[token.slice("@group:".length)] ?? []) : [token],
  );
}

/** User groups that have to be read to judge anybody under a policy. */
export const groupsIn = (approvers: readonly string[], config: Config) =>
  openTokens(approvers, config).filter((token) => token.startsWith("S"));

function isListed(token: string, voter: string, { config, groups }: { config: Config; groups: Groups }): boolean {
  if (token === "*") return true;
  if (token === "@users") return userBySlack(config, voter) !== undefined;
  return token === voter || (groups.get(token) ?? []).includes(voter);
}

/** Whether a Slack user is somebody who asked, under whichever name their surface knows them. */
export function isRequester(requesters: readonly Actor[], voter: string, config: Config): boolean {
  const known = userBySlack(config, voter);
  const isSame = ({ kind, id }: Actor) =>
    kind === "slack" ? id === voter : kind === "github" && known?.github?.toLowerCase() === id.toLowerCase();
  return requesters.some(isSame);
}

/** A requester known only on GitHub may be anybody in Slack, unless the voter is known to be somebody else. */
function mayBeRequester(requesters: readonly Actor[], voter: string, config: Config): boolean {
  if (isRequester(requesters, voter, config)) return true;
  const isUnmatched = ({ kind, id }: Actor) => kind === "github" && userByGithub(config, id)?.slack === undefined;
  return requesters.some(isUnmatched) && userBySlack(config, voter)?.github === undefined;
}

/** Whether this person may approve what these people asked for. */
export function judgeVoter(
  voter: VoterFacts,
  { policy, requesters }: { policy: Pick<ApprovalPolicy, "approvers" | "selfApproval">; requesters: readonly Actor[] },
  world: { config: Config; groups: Groups },
): Judgement {
  const tokens = openTokens(policy.approvers, world.config);
  const isMember = !voter.isBot && voter.isActive && voter.isOurTeam;
  if (!isMember || (voter.isOutsider && !tokens.includes(voter.id))) return { kind: "refused", rule: "not_a_member" };
  if (!tokens.some((token) => isListed(token, voter.id, world))) return { kind: "refused", rule: "not_an_approver" };
  if (!policy.selfApproval && mayBeRequester(requesters, voter.id, world.config))
    return { kind: "refused", rule: "self_approval" };
  return { kind: "allowed" };
}
