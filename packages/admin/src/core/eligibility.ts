/** Why an operator may not decide on a request here; who may is decided again where it is carried out. */
export interface Decider {
  /** Their Slack id by thor.json. */
  slackId: string | undefined;
  isSuspended: boolean;
}
interface Asked {
  approvers: readonly string[];
  selfApproval: boolean;
  requesters: readonly string[];
  votes: readonly { voter: string }[];
}

const isNamed = (approvers: readonly string[], slackId: string) =>
  approvers.some((one) => one === "*" || one === slackId || one.startsWith("@group:") || one.startsWith("S"));

/** A sentence, or undefined when they may. */
export function barredFrom({ slackId, isSuspended }: Decider, asked: Asked): string | undefined {
  if (isSuspended) return "thor.json is faulty: nothing can be approved until it is mended.";
  if (slackId === undefined)
    return "Your e-mail has no Slack id in thor.json (users), so a decision of yours could not be named.";
  if (asked.votes.some(({ voter }) => voter === slackId)) return "You have decided already.";
  if (!asked.selfApproval && asked.requesters.includes(slackId))
    return "You asked for it yourself, and this rule wants another person.";
  return isNamed(asked.approvers, slackId) ? undefined : "You are not among the approvers of this rule.";
}

/** What a request needs, in words. */
export function needsOf({
  approvers,
  quorum,
  votes,
}: {
  approvers: readonly string[];
  quorum: number;
  votes: number;
}): string {
  const who = approvers.includes("*") ? "anybody of the team" : approvers.join(", ");
  return quorum === 1 ? `1 of: ${who}` : `${votes} of ${quorum} so far; of: ${who}`;
}
