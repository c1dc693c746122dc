/** What a command of gh may do to the repository: the permissions of its token, and what the broker lets through. */
import type { TokenUse } from "../github-token.ts";
import { valuesOf, type Command } from "../grammar/spec.ts";

export interface GhUse {
  token: TokenUse;
  /** Whether requests may change anything at all. */
  mayWrite: boolean;
  /** The mutations of GraphQL that the command is made of. */
  mutations: readonly string[];
}

const LOOK: GhUse = { token: "gh_read", mayWrite: false, mutations: [] };
const write = (token: TokenUse, ...mutations: string[]): GhUse => ({ token, mayWrite: true, mutations });

const USES: Readonly<Record<string, GhUse>> = {
  "pr.create": write(
    "pulls_write",
    "createPullRequest",
    "updatePullRequest",
    "requestReviews",
    "requestReviewsByLogin",
  ),
  "pr.comment": write("pulls_write", "addComment"),
  "pr.review": write("pulls_write", "addPullRequestReview"),
  "issue.comment": write("issues_write", "addComment"),
  "issue.create": write("issues_write", "createIssue", "updateIssue", "addSubIssue"),
  "run.rerun": write("actions_write"),
  "workflow.run": write("actions_write"),
};

/** The smallest right that a command needs. */
export const ghUse = ({ spec }: Command): GhUse => USES[spec.id] ?? LOOK;

/** The same for the requests of Thor's own services. */
export function internalGhUse(command: Command): GhUse {
  if (command.spec.id !== "api" || valuesOf(command, "-X")[0] === "GET") return LOOK;
  return write(command.positionals[0]?.includes("/pulls/") === true ? "pulls_write" : "issues_write");
}
