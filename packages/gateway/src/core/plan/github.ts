/** What to do with one GitHub event: what it needs to know first, where it belongs, or why it ends here. */
import { GithubEvent } from "@thor/domain/github-event";
import type { QueuedEvent } from "@thor/domain/queue";

import { pendingKindOf } from "../github/keys.ts";
import type { GithubDecision, GithubFacts, Patience } from "./deciding.ts";
import { decidePendingBranch } from "./pending-branch.ts";
import { decidePendingSuite } from "./pending-checks.ts";

const OPEN: GithubDecision = { kind: "dispatch", opened: false };
const drop = (reason: string): GithubDecision => ({ kind: "drop", reason, scrub: false });

export function decideGithub(
  event: QueuedEvent,
  around: { github: GithubFacts | undefined; patience: Patience; superseded: ReadonlySet<string> },
): GithubDecision {
  const { github, patience, superseded } = around;
  const parsed = GithubEvent.safeParse(event.payload);
  if (!parsed.success) return { kind: "dead", reason: "payload_unreadable" };
  if (github === undefined) return { kind: "dead", reason: "github_not_set_up" };
  const payload = parsed.data;
  const refusal = github.refusalOf(payload);
  if (refusal !== undefined) return drop(refusal);
  const facts = { ...github, ...patience };
  if (payload.event_type === "push") return superseded.has(event.id) ? drop("superseded") : OPEN;
  const pending = pendingKindOf(event.correlationKey);
  if (pending === undefined) return OPEN;
  if (pending === "branch" && payload.event_type === "issue_comment")
    return decidePendingBranch({ event, payload, facts });
  if (pending === "suite" && payload.event_type === "check_suite")
    return superseded.has(event.id) ? drop("superseded") : decidePendingSuite({ event, payload, facts });
  return { kind: "dead", reason: "payload_unreadable" };
}
