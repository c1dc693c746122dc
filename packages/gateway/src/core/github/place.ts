/** Where a GitHub event was said, and how Thor answers there. */
import type { GithubEvent } from "@thor/domain/github-event";
import { githubStream, type OutboxPayload } from "@thor/domain/outbox";
import type { NewPromise, QueuedEvent } from "@thor/domain/queue";
import { z } from "zod";

const Refs = z.object({ repo: z.string(), fullName: z.string(), number: z.number().int().positive() });

export interface GithubPlace {
  /** The local repository's name. */
  repo: string;
  fullName: string;
  /** The issue or pull request. */
  number: number;
}

/** The issue or pull request of an event; undefined for other sources and for pushes. */
export function githubPlaceOf(event: Pick<QueuedEvent, "source" | "refs">): GithubPlace | undefined {
  const refs = event.source === "github" ? Refs.safeParse(event.refs) : undefined;
  return refs?.success === true ? refs.data : undefined;
}

export function numberOf(event: GithubEvent): number | undefined {
  if ("issue" in event) return event.issue.number;
  if ("pull_request" in event) return event.pull_request.number;
  return event.event_type === "check_suite" ? event.check_suite.pull_requests[0]?.number : undefined;
}

type Reaction = Extract<OutboxPayload, { kind: "github.reaction" }>;

/** What an event's receipt stands on: its comment; a review takes none, so its pull request does. */
function receiptTarget(event: GithubEvent): Pick<Reaction, "on" | "id"> | undefined {
  switch (event.event_type) {
    case "issue_comment":
      return { on: "issue_comment", id: event.comment.id };
    case "pull_request_review_comment":
      return { on: "review_comment", id: event.comment.id };
    case "pull_request_review":
      return { on: "issue", id: event.pull_request.number };
    case "pull_request":
    case "check_suite":
    case "push":
      return undefined;
  }
}

/** "Heard": one reaction per comment, promised when its event is stored. */
export function receiptPromises(event: GithubEvent): NewPromise[] {
  const target = receiptTarget(event);
  const number = numberOf(event);
  if (target === undefined || number === undefined) return [];
  const { full_name: repo } = event.repository;
  const payload: OutboxPayload = { kind: "github.reaction", repo, ...target, content: "eyes" };
  const dedupeKey = `eyes:github:${repo}:${target.on}:${target.id}`;
  return [{ kind: payload.kind, stream: githubStream(repo, number), dedupeKey, payload }];
}

/** Words on an issue or pull request. */
export function commentPromise({ fullName, number }: GithubPlace, dedupeKey: string, body: string): NewPromise {
  const payload: OutboxPayload = { kind: "github.comment", repo: fullName, number, body };
  return { kind: payload.kind, stream: githubStream(fullName, number), dedupeKey, payload };
}
