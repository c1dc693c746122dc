/** The event that tells a branch's conversation what became of its folder. */
import { GithubEvent } from "@thor/domain/github-event";
import type { QueuedEvent } from "@thor/domain/queue";

import type { Next } from "./steps.ts";

export type PushEvent = Extract<GithubEvent, { event_type: "push" }>;

/** The push that an event carries; anything else was never stored under that kind. */
export function readPush(event: Pick<QueuedEvent, "payload">): PushEvent {
  const read = GithubEvent.parse(event.payload);
  if (read.event_type !== "push") throw new Error(`a push was stored as ${read.event_type}`);
  return read;
}

/** Urgent, because the agent's picture of the folder is old; interrupting only when its commits were moved aside. */
export function wakeOf(
  event: QueuedEvent,
  given: { push: PushEvent; done: Extract<Next, { kind: "done" }>; correlationKey: string },
) {
  const { push, done, correlationKey } = given;
  const { status, previousHead, backupRef } = done;
  const sync = {
    status,
    new_head: push.after,
    ...(previousHead === undefined ? {} : { previous_head: previousHead }),
    ...(backupRef === undefined ? {} : { backup_ref: backupRef }),
  };
  return {
    provider: "github" as const,
    deliveryKey: `push-wake:${event.id}`,
    eventType: "push_wake",
    refs: event.refs,
    event: {
      source: "github" as const,
      kind: "github.push_wake",
      correlationKey,
      bind: "anchor" as const,
      human: false,
      urgent: true,
      interrupt: backupRef !== undefined,
      gate: "open" as const,
      actors: {},
      externalAuthor: false,
      sourceAt: event.receivedAt,
      payload: { ...push, thor: { sync } },
    },
  };
}
