/** Who may let work go on beyond a limit. */
import type { Admission } from "@thor/workspace-config/pure/admission";
import { userByGithub, userBySlack } from "@thor/workspace-config/pure/trust";

type Approvers = Pick<Admission, "continueApprovers" | "isDecidingSuspended" | "users" | "approvals">;

const GROUP = /^@group:(.+)$/;

function isKnown(admission: Approvers, by: { kind: string; id: string }): boolean {
  if (by.kind === "slack") return userBySlack(admission, by.id) !== undefined;
  return by.kind === "github" && userByGithub(admission, by.id) !== undefined;
}

/** Slack's own user groups are not looked up here: only people who are named count. */
export function mayContinue(admission: Approvers, by: { kind: string; id: string }): boolean {
  if (admission.isDecidingSuspended) return false;
  if (by.kind === "admin") return true;
  return admission.continueApprovers.some((token) => {
    if (token === "*") return true;
    if (token === "@users") return isKnown(admission, by);
    const [, group] = GROUP.exec(token) ?? [];
    const members = group === undefined ? [token] : (admission.approvals.groups[group] ?? []);
    return by.kind === "slack" && members.includes(by.id);
  });
}
