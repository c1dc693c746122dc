import { GithubEvent } from "@thor/domain/github-event";
import type { QueuedEvent } from "@thor/domain/queue";
import { stripInvisible } from "@thor/kit/pure/cut-text";

import { forkOwnerOf } from "../github/keys.ts";

function shown({ payload, correlationKey }: QueuedEvent) {
  const event = GithubEvent.parse(payload);
  const owner = forkOwnerOf(correlationKey);
  return owner === undefined
    ? event
    : { ...event, fork: true, fork_note: `head belongs to ${owner}; never push to it` };
}

/** GitHub events as the agent reads them: one object, or an array in the order they happened; named beside other sources. */
export function githubBlock(events: readonly QueuedEvent[], { isAlone }: { isAlone: boolean }): string {
  const all = events.map(shown);
  const [first] = all;
  const body = stripInvisible(JSON.stringify(all.length === 1 ? first : all, null, 2));
  if (isAlone) return body;
  return `${all.length === 1 ? "GitHub event:" : "GitHub events:"}\n\n${body}`;
}
