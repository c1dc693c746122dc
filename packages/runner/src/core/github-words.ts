/** What is said of a run on GitHub, and the names under which it is promised once. */
import { githubStream, type OutboxPayload } from "@thor/domain/outbox";
import type { NewPromise } from "@thor/domain/queue";
import type { ReplyTarget } from "@thor/domain/reply-target";

export type GithubPlace = Omit<Extract<ReplyTarget, { kind: "github" }>, "kind">;
type Payload = Extract<OutboxPayload, { kind: `github.${string}` }>;

const promise = (place: GithubPlace, dedupeKey: string, payload: Payload): NewPromise => ({
  kind: payload.kind,
  stream: githubStream(place.repo, place.number),
  dedupeKey,
  payload,
});

interface Words {
  text: string;
  view?: string | undefined;
}
const linked = ({ text, view }: Words) => (view === undefined ? text : `${text}\n\n[View](${view})`);

export const workingKey = (triggerId: string) => `working:${triggerId}`;

/** Said once when a run takes longer. */
export function workingComment({ repo, number }: GithubPlace, triggerId: string, view: string | undefined): NewPromise {
  const body = view === undefined ? "⏳ Working on it." : `⏳ Working on it. Follow: ${view}`;
  return promise({ repo, number }, workingKey(triggerId), { kind: "github.comment", repo, number, body });
}

/** Takes the place of that comment when the run is over. */
export function finalComment({ repo, number }: GithubPlace, triggerId: string, words: Words): NewPromise {
  const edits = workingKey(triggerId);
  const payload = { kind: "github.comment" as const, repo, number, body: linked(words), edits };
  return promise({ repo, number }, `worked:${triggerId}`, payload);
}

export interface GithubEnd {
  triggerId: string;
  place: GithubPlace;
  /** A person waits for an answer. */
  wasAsked: boolean;
  /** Somebody else says that it ended, or the comment of the run does. */
  isToldElsewhere: boolean;
  hasCompleted: boolean;
  /** The agent itself wrote on GitHub. */
  hasPosted: boolean;
  words: Words;
}

/** The end of a run that has no comment of its own: a mark for a good one without words, words and a mark for another. */
export function githubEnd({ triggerId, place, words, ...end }: GithubEnd): NewPromise[] {
  if (end.isToldElsewhere || !end.wasAsked || (end.hasCompleted && end.hasPosted)) return [];
  const { repo, number } = place;
  const content = end.hasCompleted ? ("rocket" as const) : ("confused" as const);
  const mark = promise(place, `${content}:${triggerId}`, {
    kind: "github.reaction",
    repo,
    on: "issue",
    id: number,
    content,
  });
  if (end.hasCompleted) return [mark];
  return [promise(place, `failure:${triggerId}`, { kind: "github.comment", repo, number, body: linked(words) }), mark];
}
