/** What a proven delivery of an admitted repository means: an event, a change to one, or nothing to Thor. */
import type { GithubEvent } from "@thor/domain/github-event";
import { z } from "zod";

import { speakerOf, untrustedFieldsOf, type TrustRule } from "../access/sender-trust.ts";
import { keepOf } from "./keep.ts";
import { branchKeyOf, branchOfRef, correlationKeyOf, headOf, localNameOf, pendingKindOf } from "./keys.ts";
import { isMentioned, type GithubIdentity } from "./mention.ts";
import { numberOf, receiptPromises } from "./place.ts";

export interface GithubFacts {
  now: number;
  me: GithubIdentity;
  /** Whether the conversation of this event is one already. */
  isEngaged: boolean;
  isTrusted: TrustRule;
  ignoresForks: boolean;
}
export type GithubIgnored =
  | "self_sender"
  | "empty_review_body"
  | "non_mention_comment"
  | "sender_not_trusted"
  | "fork_ignored"
  | "correlation_key_unresolved"
  | "check_suite_pr_missing"
  | "check_suite_pr_ambiguous"
  | "check_suite_branch_missing"
  | "check_suite_conclusion_missing";

const isBlank = (text: string | null | undefined) => text === undefined || text === null || text.trim() === "";

/** The name under which an event's conversation may be known already; undefined where it makes no difference. */
export function engagementKeyOf(event: GithubEvent): string | undefined {
  const repo = localNameOf(event.repository.full_name);
  if (event.event_type === "check_suite") return branchKeyOf(repo, { ref: event.check_suite.head_branch ?? "" });
  const key = correlationKeyOf(event, repo);
  const isAsked = event.event_type === "pull_request" || event.event_type === "issue_comment";
  return isAsked && pendingKindOf(key) === undefined ? key : undefined;
}

/** What a person says in an event; undefined when nobody speaks. */
function wordsOf(event: GithubEvent): string | undefined {
  if ("comment" in event) return event.comment.body;
  return "review" in event ? (event.review.body ?? "") : undefined;
}

const isOwnRequest = (event: GithubEvent, { botId }: GithubIdentity) =>
  "pull_request" in event && event.pull_request.user?.id === botId;

/** An edit is for a comment that was admitted before, or for none: its new words need no name in them. */
function isAddressed(event: GithubEvent, { me, isEngaged }: GithubFacts): boolean {
  const words = wordsOf(event);
  if (words === undefined || ("comment" in event && event.action === "edited")) return true;
  const isExpected = event.event_type === "issue_comment" ? isEngaged : isOwnRequest(event, me);
  return isExpected || isMentioned(words, me);
}

function screenSuite(
  { check_suite: suite }: Extract<GithubEvent, { event_type: "check_suite" }>,
  { isEngaged }: GithubFacts,
): GithubIgnored | undefined {
  if (suite.pull_requests.length === 0) return "check_suite_pr_missing";
  if (suite.pull_requests.length > 1) return "check_suite_pr_ambiguous";
  if (isBlank(suite.head_branch)) return "check_suite_branch_missing";
  if (!isEngaged) return "correlation_key_unresolved";
  return isBlank(suite.conclusion) ? "check_suite_conclusion_missing" : undefined;
}

const isOfFork = (event: GithubEvent) => "pull_request" in event && headOf(event.pull_request).forkOwner !== undefined;

/** Why an event is nothing to Thor; a check suite is a machine's word, so nobody's trust is asked. */
export function screenGithub(event: GithubEvent, facts: GithubFacts): GithubIgnored | undefined {
  if (event.event_type === "check_suite") return screenSuite(event, facts);
  if (event.event_type === "pull_request_review" && isBlank(event.review.body)) return "empty_review_body";
  if (event.sender.id === facts.me.botId) return "self_sender";
  if (!isAddressed(event, facts)) return "non_mention_comment";
  const speaker = speakerOf(event);
  if (speaker !== undefined && !facts.isTrusted(speaker)) return "sender_not_trusted";
  if (facts.ignoresForks && isOfFork(event)) return "fork_ignored";
  return event.event_type === "pull_request" && !facts.isEngaged ? "correlation_key_unresolved" : undefined;
}

/** What a push says that concerns no worktree; undefined for a branch that may be checked out here. */
export function screenPush(event: Extract<GithubEvent, { event_type: "push" }>): string | undefined {
  const isDeletion = event.deleted === true;
  const branch = branchOfRef(event.ref);
  if (branch === undefined) return `push_${isDeletion ? "delete" : "sync"}_non_branch_ref_ignored`;
  const isDefault = branch === event.repository.default_branch;
  return isDeletion && isDefault ? "push_delete_default_branch_ignored" : undefined;
}

/** The name of the content, which a copy under another delivery id shares. */
export function githubMessageKey(event: GithubEvent, bodyDigest: string): string {
  switch (event.event_type) {
    case "issue_comment":
      return `issue_comment:${event.comment.id}`;
    case "pull_request_review_comment":
      return `review_comment:${event.comment.id}`;
    case "pull_request_review":
      return `review:${event.review.id}`;
    case "pull_request":
    case "check_suite":
    case "push":
      return `body:${bodyDigest}`;
  }
}

/** When GitHub says that it happened. A push is timed by its arrival: commits carry the clocks of strangers. */
function saidAt(event: GithubEvent): string | null | undefined {
  switch (event.event_type) {
    case "issue_comment":
    case "pull_request_review_comment":
      return event.comment.created_at;
    case "pull_request_review":
      return event.review.submitted_at;
    case "pull_request":
      return event.pull_request.closed_at;
    case "check_suite":
      return event.check_suite.updated_at;
    case "push":
      return undefined;
  }
}

const Instant = z.iso.datetime({ offset: true }).pipe(z.coerce.date());

function sourceAtOf(event: GithubEvent, now: number): number {
  const said = Instant.safeParse(saidAt(event)).data?.getTime();
  return said === undefined ? now : Math.min(now, Math.max(0, said));
}

/** The event as Thor keeps it: cut, and with a list of the words that are not its sender's. */
export function githubEventOf(event: GithubEvent, { isTrusted, me }: Pick<GithubFacts, "isTrusted" | "me">) {
  const untrusted = untrustedFieldsOf(event, { isTrusted, botId: me.botId });
  return { ...keepOf(event), ...(untrusted.length === 0 ? {} : { untrusted_fields: untrusted }) };
}

/** The ledger row of an admitted event. */
export function githubAdmission(
  event: GithubEvent,
  from: { deliveryKey: string; bodyDigest: string },
  facts: Pick<GithubFacts, "now" | "isTrusted" | "me">,
) {
  const repo = localNameOf(event.repository.full_name);
  const correlationKey = correlationKeyOf(event, repo);
  const isSpoken = speakerOf(event) !== undefined;
  const isPush = event.event_type === "push";
  const number = numberOf(event);
  const messageKey = githubMessageKey(event, from.bodyDigest);
  return {
    provider: "github" as const,
    deliveryKey: from.deliveryKey,
    messageKey,
    eventType: event.event_type,
    ...("action" in event ? { action: event.action } : {}),
    refs: { repo, fullName: event.repository.full_name, messageKey, ...(number === undefined ? {} : { number }) },
    event: {
      source: "github" as const,
      kind: `github.${event.event_type}`,
      correlationKey,
      bind: isPush || pendingKindOf(correlationKey) !== undefined ? ("none" as const) : ("anchor" as const),
      ...(isPush ? { lane: correlationKey } : {}),
      human: isSpoken,
      urgent: !isSpoken,
      interrupt: isSpoken,
      gate: "open" as const,
      actors: isSpoken ? { github: event.sender.login } : {},
      externalAuthor: false,
      sourceAt: sourceAtOf(event, facts.now),
      payload: githubEventOf(event, facts),
    },
    outbox: receiptPromises(event),
  };
}
