/** A comment on a pull request belongs to the branch that the request comes from; GitHub is asked which one. */
import type { GithubEvent } from "@thor/domain/github-event";

import { branchKeyOf, localNameOf } from "../github/keys.ts";
import { afterFailure, type Deciding, type GithubDecision } from "./deciding.ts";

type Comment = Extract<GithubEvent, { event_type: "issue_comment" }>;

function lookupOf({ repository, issue }: Comment) {
  const { full_name: fullName } = repository;
  const repo = localNameOf(fullName);
  return { kind: "head" as const, key: `${fullName}#${issue.number}`, repo, fullName, number: issue.number };
}

export function decidePendingBranch({ event, payload, facts }: Deciding<Comment>): GithubDecision {
  const lookup = lookupOf(payload);
  const fact = facts.heads.get(lookup.key);
  if (fact === undefined) return { kind: "look_up", lookup };
  switch (fact.kind) {
    case "head": {
      const { head } = fact;
      if (facts.ignoresForks && head.forkOwner !== undefined)
        return { kind: "drop", reason: "fork_ignored", scrub: false };
      const { ref, sha, baseRef, isDraft } = head;
      const found = { head_ref: ref, head_sha: sha, base_ref: baseRef, draft: isDraft };
      const correlationKey = branchKeyOf(lookup.repo, head);
      return { kind: "reroute", correlationKey, payload: { ...payload, thor: { pull_request: found } } };
    }
    case "refused":
      return { kind: "dead", reason: fact.reason };
    case "failed":
      return afterFailure({ event, facts }, { error: fact.error, reason: "branch_lookup_failed" });
  }
}
