/** Why the git host gave no token, in one line that the agent may read. */

export type TokenUse = "read" | "push" | "gh_read" | "issues_write" | "pulls_write" | "actions_write";
export interface MintFailure {
  class:
    | "key_unreadable"
    | "app_rejected"
    | "installation_gone"
    | "repo_not_installed"
    | "permission_missing"
    | "rate_limited"
    | "unavailable";
  text: string;
}
export type MintAnswer =
  | { kind: "key" }
  | { kind: "status"; status: number; text: string }
  | { kind: "network"; code: string };

function failureOfStatus(status: number, text: string, name: string): MintFailure {
  if (status === 401) return { class: "app_rejected", text: "the git host does not accept the App's key" };
  if (status === 429 || (status === 403 && /rate limit/i.test(text)))
    return { class: "rate_limited", text: "the git host limits requests; try again in a minute" };
  if (status === 403 || status === 404)
    return { class: "installation_gone", text: `the App is not installed for ${name} (any more)` };
  if (status === 422 && /permission/i.test(text))
    return { class: "permission_missing", text: `the App lacks a permission for ${name}: ${text.slice(0, 200)}` };
  if (status === 422) return { class: "repo_not_installed", text: `the App has no access to ${name}` };
  return { class: "unavailable", text: `the git host answered ${status}` };
}

/** Sorts an answer into a class that an operator can act on. */
export function failureOf(answer: MintAnswer, { owner, repo }: { owner: string; repo: string }): MintFailure {
  switch (answer.kind) {
    case "key":
      return { class: "key_unreadable", text: "the App's key cannot be read" };
    case "status":
      return failureOfStatus(answer.status, answer.text, `${owner}/${repo}`);
    case "network":
      return { class: "unavailable", text: `the git host cannot be reached (${answer.code})` };
  }
}

type Permissions = Readonly<Record<string, "read" | "write">>;
const GH_READ: Permissions = Object.fromEntries(
  ["metadata", "contents", "pull_requests", "issues", "actions", "checks", "statuses"].map((name) => [name, "read"]),
);

/** The least that a purpose needs. */
export function permissionsOf(use: TokenUse, mayPushWorkflows: boolean): Permissions {
  switch (use) {
    case "read":
      return { metadata: "read", contents: "read" };
    case "push":
      return { metadata: "read", contents: "write", ...(mayPushWorkflows ? { workflows: "write" } : {}) };
    case "gh_read":
      return GH_READ;
    case "issues_write":
      return { ...GH_READ, issues: "write" };
    case "pulls_write":
      return { ...GH_READ, pull_requests: "write" };
    case "actions_write":
      return { ...GH_READ, actions: "write" };
  }
}
