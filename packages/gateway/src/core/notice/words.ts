/** What the human who asked is told when work cannot start. */
import { NO_THREAD } from "@thor/domain/approval";
import { slackStream, type ApprovalClick, type OutboxPayload } from "@thor/domain/outbox";
import type { Park } from "@thor/domain/park";
import type { NewPromise, QueuedEvent } from "@thor/domain/queue";
import { cutText } from "@thor/kit/pure/cut-text";
import { slackTime } from "@thor/slack/pure/slack-time";

import { commentPromise, githubPlaceOf } from "../github/place.ts";
import { reactionPromise } from "../slack/admit.ts";
import { slackPlaceOf, type SlackPlace } from "../slack/place.ts";

const MAX_REASON = 300;

/** Text from elsewhere, unable to format or notify. */
const quoted = (text: string) =>
  cutText(text, MAX_REASON)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll("`", "'");

type Thread = Pick<SlackPlace, "channel" | "threadTs"> & { team?: string };

function postPromise({ channel, threadTs, team }: Thread, dedupeKey: string, text: string): NewPromise {
  const payload: OutboxPayload = { kind: "slack.post", channel, threadTs, team, text };
  return { kind: payload.kind, stream: slackStream(channel, threadTs), dedupeKey, payload };
}

/** On GitHub the reason stands in code, where it formats nothing and calls nobody. */
const inCode = (text: string) => `\`${cutText(text, MAX_REASON).replaceAll(/[`\s]+/g, " ")}\``;

const lost = (event: QueuedEvent, shownReason: string) =>
  `I could not start on this: ${shownReason}\nNothing is lost: an operator can retry it (request \`${event.id}\`).`;

/** The visible end of an event that will not be tried again: words where it was asked, in Slack with a mark. */
export function deadLetterPromises(event: QueuedEvent, reason: string): NewPromise[] {
  const issue = githubPlaceOf(event);
  if (issue !== undefined && event.human)
    return [commentPromise(issue, `dead:${event.id}`, lost(event, inCode(reason)))];
  const place = slackPlaceOf(event);
  if (place === undefined || !event.human) return [];
  return [
    reactionPromise(place, { name: "eyes", remove: true }),
    reactionPromise(place, { name: "x" }),
    postPromise(place, `dead:${event.id}`, `:x: ${lost(event, quoted(reason))}`),
  ];
}

const DECIDED = { resolve: "decision", more: "choice", edit: "change", revoke: "revocation" };

/** Says on the card and in its thread that a person's press came to nothing, and what to do. */
export function lostDecision({ decision, channel, threadTs }: ApprovalClick, id: string, error: string): NewPromise[] {
  const { click } = decision;
  const [verb, approvalId, ...rest] = decision.args;
  const what = verb === "resolve" ? `${DECIDED.resolve} "${rest[0]}"` : DECIDED[verb];
  const user = verb === "resolve" ? rest[1] : rest[0];
  const text = `:warning: The ${what} of <@${user}> on request \`${approvalId}\` was not carried out: ${quoted(error)}\nPress again to try once more.`;
  // A card outside any thread is the first message of its own.
  const at = threadTs === NO_THREAD && click.via === "slack" ? click.messageTs : threadTs;
  const said = at === NO_THREAD ? [] : [postPromise({ channel, threadTs: at }, `lost-decision:${id}`, text)];
  if (click.via !== "slack") return said;
  const { channel: place, messageTs: ts, team } = click;
  const payload: OutboxPayload = { kind: "slack.card_line", channel: place, threadTs: at, ts, team, text };
  const dedupeKey = `lost-decision-card:${id}`;
  return [{ kind: payload.kind, stream: slackStream(place, at), dedupeKey, payload }, ...said];
}

const delayKey = (anchorId: string, firstFailedAt: number) => `delay:${anchorId}:${firstFailedAt}`;

interface Delay {
  anchorId: string;
  firstFailedAt: number;
}

/** Said once when an event has been failing for a while; taken back when it starts. */
export function delayNotice(event: QueuedEvent, { anchorId, firstFailedAt }: Delay, reason: string): NewPromise[] {
  const place = slackPlaceOf(event);
  if (place === undefined || !event.human) return [];
  return [postPromise(place, delayKey(anchorId, firstFailedAt), `:hourglass: Still trying: ${quoted(reason)}`)];
}

export function delayRetraction(event: QueuedEvent, { anchorId, firstFailedAt }: Delay): NewPromise[] {
  const place = slackPlaceOf(event);
  if (place === undefined || !event.human) return [];
  const { channel, threadTs, team } = place;
  const promise = delayKey(anchorId, firstFailedAt);
  const payload: OutboxPayload = { kind: "slack.retract", channel, threadTs, team, promise };
  return [{ kind: payload.kind, stream: slackStream(channel, threadTs), dedupeKey: `retract:${promise}`, payload }];
}

/** Said once for each time a run stands still, to whoever writes meanwhile without a mention. */
export function parkedNotice(
  event: QueuedEvent,
  run: { id: string; park: Pick<Park, "since" | "until"> },
): NewPromise[] {
  const place = slackPlaceOf(event);
  if (place === undefined || !event.human) return [];
  const { since, until } = run.park;
  const wait = until === undefined ? "Parked until somebody lets it go on" : `Parked until ${slackTime(until)}`;
  return [postPromise(place, `parked:${run.id}:${since}`, `:double_vertical_bar: ${wait}; mention me to go on now.`)];
}
