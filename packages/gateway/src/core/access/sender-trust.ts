/** Whose words on GitHub Thor follows, and which words in a delivery are somebody else's. */
import type { GithubEvent } from "@thor/domain/github-event";

/** An account as the rules of thor.json see it; an association is GitHub's word about its author only. */
export interface Sender {
  login: string;
  type: string;
  association: string | undefined;
}
export type TrustRule = (sender: Sender) => boolean;

interface Written {
  user?: { id?: number | undefined; login: string; type?: string | undefined } | null | undefined;
  author_association?: string | null | undefined;
}

function spokenWords(event: GithubEvent): Written | undefined {
  if (event.event_type === "pull_request_review") return event.review;
  return "comment" in event ? event.comment : undefined;
}

/** Who acts by words in an event; undefined when nobody speaks. */
export function speakerOf(event: GithubEvent): Sender | undefined {
  const written = spokenWords(event);
  if (written === undefined) return undefined;
  const { login, type = "User" } = event.sender;
  // Somebody who edits another's comment does not inherit what that author may do.
  const isAuthor = written.user === undefined || written.user === null || written.user.login === login;
  return { login, type, association: isAuthor ? (written.author_association ?? undefined) : undefined };
}

const QUOTED = /^\s*>/m;

/** The fields of an event whose words are not those of somebody Thor follows. */
export function untrustedFieldsOf(event: GithubEvent, rule: { isTrusted: TrustRule; botId: number }): string[] {
  const isForeign = ({ user, author_association: association }: Written) => {
    if (user?.id === rule.botId) return false;
    const { login = "", type = "User" } = user ?? {};
    return !rule.isTrusted({ login, type, association: association ?? undefined });
  };
  const fields: string[] = [];
  if ("issue" in event && isForeign(event.issue)) fields.push("issue.title", "issue.body");
  if ("pull_request" in event && isForeign(event.pull_request)) {
    fields.push("pull_request.title", "pull_request.body");
    if (event.event_type === "pull_request_review_comment") fields.push("comment.diff_hunk");
  }
  if ("comment" in event && QUOTED.test(event.comment.body)) fields.push("comment.body (quoted lines)");
  if ("review" in event && QUOTED.test(event.review.body ?? "")) fields.push("review.body (quoted lines)");
  return fields;
}
