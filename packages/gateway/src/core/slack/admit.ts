/** What a screened message means: a mention, a first direct message, a continuation, or nothing to Thor. */
import { slackThreadKey } from "@thor/domain/correlation-key";
import { slackStream } from "@thor/domain/outbox";
import type { OutboxPayload } from "@thor/domain/outbox";
import type { SlackAttachment, SlackMessageEvent } from "@thor/domain/slack-event";
import { cutText } from "@thor/kit/pure/cut-text";

import type { Gate } from "../access/channel-gate.ts";
import { blockTags } from "./block-tags.ts";
import type { Delivery } from "./envelope.ts";
import { isMention } from "./mention.ts";
import type { Identity } from "./screen.ts";
import type { RawAttachment, SlackMessage } from "./shapes.ts";

const MAX_TEXT = 65_536;
const MAX_ATTACHMENT_TEXT = 16_384;
const MAX_ATTACHMENTS = 10;
const MAX_FIELDS = 50;

export type SlackClass = "mention" | "direct" | "continuation";

export const threadTsOf = ({ thread_ts, ts }: SlackMessage) => thread_ts ?? ts;
/** The name of the content: two deliveries of one message share it. */
export const messageKeyOf = (teamId: string, { channel, ts }: { channel: string; ts: string }) =>
  `${teamId}/${channel}/${ts}`;

/** Whether a message must be known to belong to a conversation before Thor listens. */
export const needsEngagement = (message: SlackMessage, me: Identity) =>
  !isMention(message, me.botUserId) && !isFirstDirect(message);

const isFirstDirect = ({ channel_type, thread_ts, ts }: SlackMessage) =>
  channel_type === "im" && (thread_ts === undefined || thread_ts === ts);

export function classify(
  message: SlackMessage,
  me: Identity,
  engagement: { isEngaged: boolean; isMuted: boolean },
): { kind: SlackClass } | { kind: "ignored"; reason: "not_engaged" | "muted" } {
  if (isMention(message, me.botUserId)) return { kind: "mention" };
  if (isFirstDirect(message)) return { kind: "direct" };
  if (!engagement.isEngaged) return { kind: "ignored", reason: "not_engaged" };
  return engagement.isMuted ? { kind: "ignored", reason: "muted" } : { kind: "continuation" };
}

const fieldOf = ({ title, value }: { title?: string | undefined; value?: string | undefined }) => ({
  title,
  value: value === undefined ? undefined : cutText(value, MAX_ATTACHMENT_TEXT),
});

function attachmentOf(raw: RawAttachment): SlackAttachment {
  const { author_name, author_id, channel_id: channel, ts, from_url, title, title_link, text, fallback } = raw;
  return {
    kind: raw.is_msg_unfurl === true ? "forwarded" : from_url === undefined ? "app" : "unfurl",
    author: author_name ?? author_id,
    channel,
    ts: ts === undefined ? undefined : String(ts),
    from_url,
    title,
    title_link,
    text: cutText(text ?? fallback ?? "", MAX_ATTACHMENT_TEXT),
    fields: raw.fields?.slice(0, MAX_FIELDS).map(fieldOf),
    files: raw.files,
  };
}

/** The message as Thor keeps it. */
export function slackEventOf(message: SlackMessage, me: Identity): SlackMessageEvent {
  const author = message.user_team ?? message.team;
  const isForeign = author !== undefined && author !== me.teamId && author !== me.enterpriseId;
  return {
    event_type: message.type,
    team: me.teamId,
    channel: message.channel,
    ts: message.ts,
    thread_ts: message.thread_ts,
    user: message.user,
    text: cutText(message.text ?? "", MAX_TEXT),
    edited: message.edited === undefined ? undefined : true,
    external_author: isForeign ? true : undefined,
    files: message.files ?? [],
    attachments: (message.attachments ?? []).slice(0, MAX_ATTACHMENTS).map(attachmentOf),
    block_tags: blockTags(message.blocks),
  };
}

/** A reaction on a message, promised once per message and name. */
export function reactionPromise(
  at: { channel: string; threadTs: string; ts: string; team: string },
  mark: { name: "eyes" | "lock" | "x"; remove?: true },
) {
  const { channel, threadTs, ts, team } = at;
  const payload: OutboxPayload = { kind: "slack.reaction", channel, ts, team, ...mark };
  const dedupeKey = `${mark.name}${mark.remove === true ? "-off" : ""}:${team}/${channel}/${ts}`;
  return { kind: payload.kind, stream: slackStream(channel, threadTs), dedupeKey, payload };
}

/** An edit that calls Thor for the first time is news of its own, told apart from the message it changed. */
const newsKeyOf = (message: SlackMessage) => (message.edited === undefined ? "" : `#${message.edited.ts}`);

/** The ledger row of an admitted message; its receipt goes out once the gate is known to be open. */
export function admissionOf(input: {
  delivery: Delivery;
  message: SlackMessage;
  me: Identity;
  as: SlackClass;
  gate: Exclude<Gate, { kind: "refused" }>;
}) {
  const { delivery, message, me, as, gate } = input;
  const threadTs = threadTsOf(message);
  const payload = slackEventOf(message, me);
  const { channel, ts } = message;
  const isMarked = as !== "continuation" && gate.kind !== "pending";
  return {
    provider: "slack" as const,
    deliveryKey: delivery.id,
    messageKey: `${messageKeyOf(me.teamId, message)}${newsKeyOf(message)}`,
    eventType: delivery.eventType,
    refs: { team: me.teamId, channel, ts, threadTs, ...(gate.kind === "admitted" ? { gated: true } : {}) },
    event: {
      source: "slack" as const,
      kind: { mention: "slack.mention", direct: "slack.direct", continuation: "slack.message" }[as],
      correlationKey: slackThreadKey(channel, threadTs),
      bind: "anchor" as const,
      human: true,
      urgent: as !== "continuation",
      interrupt: as === "mention",
      gate: gate.kind === "pending" ? ("pending" as const) : ("open" as const),
      actors: { slack: message.user },
      externalAuthor: payload.external_author === true,
      sourceAt: Math.round(Number(ts) * 1000),
      payload,
    },
    ...(isMarked ? { outbox: [reactionPromise({ channel, threadTs, ts, team: me.teamId }, { name: "eyes" })] } : {}),
  };
}
