/** What is promised to people when a run ends, beyond its control message. */
import type { OutboxPayload } from "@thor/domain/outbox";
import { channelStream, slackStream } from "@thor/domain/outbox";
import type { NewPromise } from "@thor/domain/queue";
import type { ReplyTarget } from "@thor/domain/reply-target";
import type { EndedRunStatus } from "@thor/domain/run";
import { splitMessage } from "@thor/slack/pure/mrkdwn";

import { finalComment, githubEnd, type GithubPlace } from "./github-words.ts";
import type { Ending } from "./progress/render.ts";
import { USER_STOP } from "./turn/state.ts";

const MAX_CHARS = 3500;
const MAX_PARTS = 10;

export interface EndFacts {
  triggerId: string;
  anchorId: string;
  replyTo?: ReplyTarget | undefined;
  status: EndedRunStatus;
  reason?: string | undefined;
  /** Last text of the agent. */
  answer: string;
  /** A person's message started the run and waits for an answer. */
  wasAsked: boolean;
  /** The agent itself posted in the thread since the run began. */
  hasPosted: boolean;
  hasLiveMessage: boolean;
  /** What the control message would have said about the failure. */
  failure: string;
  /** The receipt of a completed run, when it says more than that all went well. */
  receipt?: string | undefined;
  /** The last words of the run's own message, for places where that is not kept by this process alone. */
  final: string;
  viewUrl?: string | undefined;
  /** Where the failure of a run that belongs to no place is told. */
  failureChannel?: string | undefined;
}

export function endingOf({
  status,
  reason,
  error,
  recovered = 0,
}: {
  status: EndedRunStatus;
  reason?: string | undefined;
  error?: string | undefined;
  recovered?: number | undefined;
}): Ending {
  switch (status) {
    case "completed":
      return { kind: "completed", wasCut: reason === "answer_cut", recovered };
    case "aborted":
      return reason === "user_interrupt" ? { kind: "interrupted" } : { kind: "aborted" };
    case "budget":
      return { kind: "budget", what: reason ?? "a limit" };
    case "error":
    case "crashed":
      return { kind: "failed", error: error ?? reason ?? status };
  }
}

/** Whoever ended the run says so: the newer run's control message, or the report of the stop. */
const SAID_ELSEWHERE: ReadonlySet<string | undefined> = new Set(["user_interrupt", USER_STOP]);

/** A used-up budget is told by the run's control message, with the button to go on. */
const isSaidElsewhere = ({ status, reason }: EndFacts) =>
  status === "budget" || (status === "aborted" && SAID_ELSEWHERE.has(reason));

/** A comment that says "working" is a promise too, so its last words are promised with the end itself. */
function onGithub(facts: EndFacts, place: GithubPlace): NewPromise[] {
  const { triggerId, anchorId, hasLiveMessage, wasAsked, hasPosted, viewUrl: view, status, reason } = facts;
  const isToldElsewhere = status === "aborted" && SAID_ELSEWHERE.has(reason);
  const words = { text: status === "budget" ? facts.final : facts.failure, view };
  const hasCompleted = status === "completed";
  const promises = hasLiveMessage
    ? [finalComment(place, triggerId, { text: facts.final, view })]
    : githubEnd({ triggerId, place, wasAsked, hasPosted, hasCompleted, isToldElsewhere, words });
  return promises.map((promise) => ({ ...promise, anchorId, triggerId }));
}

/** The agent's own last words when it posted nothing; a failure when no live message can carry it; else nothing. */
function onSlack(facts: EndFacts, replyTo: Extract<ReplyTarget, { kind: "slack" }>): NewPromise[] {
  const { triggerId, anchorId } = facts;
  if (!facts.wasAsked || isSaidElsewhere(facts)) return [];
  const { channel, threadTs, ts } = replyTo;
  const stream = slackStream(channel, threadTs);
  const row = (dedupeKey: string, payload: OutboxPayload): NewPromise => ({
    kind: payload.kind,
    stream,
    dedupeKey,
    payload,
    anchorId,
    triggerId,
  });
  const say = (key: string, text: string) => row(key, { kind: "slack.post", channel, threadTs, text });
  const mark = (name: string) => row(`${name}:${triggerId}`, { kind: "slack.reaction", channel, ts, name });

  if (facts.status === "completed") {
    const { receipt, hasLiveMessage, hasPosted, answer } = facts;
    const notes = receipt === undefined || hasLiveMessage ? [] : [say(`receipt:${triggerId}`, receipt)];
    if (hasPosted) return notes;
    const parts = splitMessage(answer, MAX_CHARS).slice(0, MAX_PARTS);
    if (parts.length === 0) return [...notes, mark("white_check_mark")];
    return [...parts.map((text, at) => say(`answer:${triggerId}:${at}`, text)), ...notes];
  }
  return [...(facts.hasLiveMessage ? [] : [say(`failure:${triggerId}`, facts.failure)]), mark("x")];
}

/** Nobody waits for the answer of a scheduled run, but somebody must hear that it failed. */
function nowhere({ triggerId, anchorId, status, failure, viewUrl, failureChannel: channel }: EndFacts): NewPromise[] {
  if (channel === undefined || (status !== "error" && status !== "crashed")) return [];
  const where = viewUrl === undefined ? "" : ` <${viewUrl}|View>`;
  const payload: OutboxPayload = { kind: "slack.post", channel, text: `A scheduled run failed.${where}\n${failure}` };
  const dedupeKey = `failure:${triggerId}`;
  return [{ kind: payload.kind, stream: channelStream(channel), dedupeKey, payload, anchorId, triggerId }];
}

/** What is promised with the end of a run, where its words belong. */
export function endPromises(facts: EndFacts): NewPromise[] {
  switch (facts.replyTo?.kind) {
    case "slack":
      return onSlack(facts, facts.replyTo);
    case "github":
      return onGithub(facts, facts.replyTo);
    case undefined:
      return nowhere(facts);
  }
}
