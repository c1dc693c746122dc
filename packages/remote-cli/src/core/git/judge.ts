/** Facts about the place and the object of a git command → whether it may run. */
import type { Caller } from "../call.ts";
import type { Denial } from "../denial.ts";
import type { CommandSpec } from "../grammar/spec.ts";
import type { Trusted } from "./origin.ts";
import type { Located, RepositoryPlace } from "./place.ts";

/** What was found out for this one command; absent means that its row did not ask for it. */
export interface GitFacts {
  origin?: Trusted;
  /** A repository inside the worktree that git would descend into. */
  nested?: string | undefined;
  /** A tracked directory that is a link now: git would read through it. */
  linked?: string | undefined;
  branch?: { name: string; isProtected: boolean | "unknown" };
  /** The conversation that the branch belongs to. */
  branchOwner?: string | undefined;
}

export interface JudgeRules {
  viewerLink: (anchorId: string) => string;
  profileOfRepo: (repo: string) => string | undefined;
}

const deny = (rule: string, reason: string, instead?: string): Denial => ({ rule, reason, instead });

const PLACES = "run it in a main clone below repos/ or in a worktree below worktrees/";

/** Whether this is a place at all, and one that git may be started in. */
export function judgePlace(spec: CommandSpec, located: Located): Denial | undefined {
  switch (located.kind) {
    case "outside":
      return deny(
        "cwd.outside",
        "the working directory is not below repos/ or worktrees/, or a link leads to it",
        PLACES,
      );
    case "uncontrolled":
      return deny("gitdir.uncontrolled", located.why, "create the worktree with git worktree add");
    case "roots":
      return spec.where === "roots" ? undefined : deny("cwd.outside", "this folder is no repository", PLACES);
    case "repository":
      return judgeConfig(located);
  }
}

function judgeConfig({ config }: RepositoryPlace): Denial | undefined {
  if (config.kind === "ok") return undefined;
  const what = config.kind === "unexpected" ? `the key ${config.key}` : `line ${config.line}`;
  return deny(
    "config.unexpected",
    `the repository's configuration holds ${what}, which Thor did not set`,
    "ask an operator",
  );
}

/** Conversations are apart: whose worktree is this, and may it be written? */
export function judgeOwner(
  spec: Pick<CommandSpec, "where" | "effect">,
  place: RepositoryPlace,
  given: { caller: Caller; rules: JudgeRules },
): Denial | undefined {
  const { caller, rules } = given;
  if (caller.kind === "service") return undefined;
  if (place.area === "main" && spec.where === "worktree")
    return deny(
      "main_clone.read_only",
      "the main clone is read-only",
      "git worktree add -b <branch> <worktrees>/<repo>/<branch>",
    );
  if (place.area === "worktree" && place.ownerAnchorId !== caller.anchorId)
    return judgeForeign(place.ownerAnchorId, rules);
  const profile = rules.profileOfRepo(place.repo);
  const isLocalRead = spec.effect === "read";
  if (!isLocalRead && profile !== undefined && profile !== caller.profile)
    return deny("profile.repo", "this repository belongs to a profile that this conversation is not in");
  return undefined;
}

function judgeForeign(owner: string | undefined, { viewerLink }: JudgeRules): Denial {
  const own = "work in a worktree of your own: git worktree add -b <branch> <worktrees>/<repo>/<branch>";
  return owner === undefined
    ? deny("worktree.unowned", "no conversation is on record for this worktree", own)
    : deny("worktree.foreign", `this worktree belongs to another conversation: ${viewerLink(owner)}`, own);
}

/** The last word, from the facts that the command's row asked for. */
export function judgeFacts(facts: GitFacts, given: { caller: Caller; rules: JudgeRules }): Denial | undefined {
  const { origin, nested, linked, branch, branchOwner } = facts;
  const { caller, rules } = given;
  if (origin?.kind === "untrusted") return deny("origin.untrusted", origin.reason);
  if (nested !== undefined)
    return deny(
      "nested.repository",
      `"${nested}" is a repository of its own inside this worktree`,
      "move it out of the worktree",
    );
  if (linked !== undefined)
    return deny(
      "linked.directory",
      `"${linked}" is a link where the repository has a directory`,
      "put the directory back",
    );
  if (branch?.isProtected === "unknown")
    return deny("branch.protected", "the default branch of the repository is not known right now");
  if (branch?.isProtected === true)
    return deny(
      "branch.protected",
      `"${branch.name}" is protected: people move it`,
      "push to another branch and open a pull request",
    );
  if (branchOwner !== undefined && caller.kind === "session" && branchOwner !== caller.anchorId)
    return deny(
      "branch.foreign",
      `the branch belongs to another conversation: ${rules.viewerLink(branchOwner)}`,
      "continue there, or push to a new branch and open a stacked pull request",
    );
  return undefined;
}
