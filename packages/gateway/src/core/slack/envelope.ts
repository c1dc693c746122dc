/** The outermost shape of what Slack sends, over HTTP or a socket: what it means, or a reason to ignore it. */
import { z } from "zod";

import { channelId, orAbsent, SlackMessage, timestamp, userId } from "./shapes.ts";

const Callback = z.object({
  type: z.literal("event_callback"),
  event_id: z.string().regex(/^[\u0021-\u007e]{1,256}$/),
  team_id: z.string(),
  enterprise_id: orAbsent(z.string()),
  event: z.object({ type: z.string() }).loose(),
});
const Challenge = z.object({ type: z.literal("url_verification"), challenge: z.string().max(1000) });

/** The older and the newer text come one level down; the place stands outside. */
const Changed = z.object({
  channel: channelId,
  channel_type: orAbsent(z.string()),
  message: z.record(z.string(), z.unknown()),
  previous_message: z.record(z.string(), z.unknown()).nullish(),
});
const Deleted = z.object({ channel: channelId, deleted_ts: timestamp });
const Reacted = z.object({
  user: userId,
  reaction: z.string().max(128),
  item: z.object({ type: z.string(), channel: orAbsent(channelId), ts: orAbsent(timestamp) }),
});
const ChannelNews = z.object({ channel: channelId });

export interface Delivery {
  /** Slack's id of this delivery; the same on every retry. */
  id: string;
  teamIds: string[];
  eventType: string;
}

export type Envelope =
  | { kind: "challenge"; challenge: string }
  | { kind: "message"; delivery: Delivery; message: SlackMessage }
  /** A message that was said before has other words now; `before` is absent when Slack does not tell it. */
  | { kind: "edit"; delivery: Delivery; message: SlackMessage; before?: SlackMessage | undefined }
  | { kind: "deletion"; delivery: Delivery; channel: string; ts: string }
  | { kind: "reaction"; delivery: Delivery; user: string; name: string; at?: { channel: string; ts: string } }
  /** Who may see a channel changed. */
  | { kind: "channel_changed"; delivery: Delivery; channel: string }
  /** Well formed, but nothing Thor listens to. */
  | { kind: "other"; delivery: Delivery }
  | { kind: "unreadable"; reason: "json_parse_error" | "schema_validation_failed" };

type Fields = Readonly<Record<string, unknown>>;
type Reader = (delivery: Delivery, event: Fields) => Envelope;

const UNREADABLE: Envelope = { kind: "unreadable", reason: "schema_validation_failed" };

/** Reads the fields of one kind of event, or says that they are not as Slack documents them. */
const reader =
  <T extends z.ZodType>(shape: T, read: (delivery: Delivery, fields: z.output<T>) => Envelope): Reader =>
  (delivery, event) => {
    const parsed = shape.safeParse(event);
    return parsed.success ? read(delivery, parsed.data) : UNREADABLE;
  };

const channelNews = reader(ChannelNews, (delivery, { channel }) => ({ kind: "channel_changed", delivery, channel }));

const message = reader(SlackMessage, (delivery, said) =>
  said.edited === undefined ? { kind: "message", delivery, message: said } : { kind: "edit", delivery, message: said },
);

const edit = reader(Changed, (delivery, { channel, channel_type, message: after, previous_message: earlier }) => {
  const place = { type: "message", channel, channel_type };
  const now = SlackMessage.safeParse({ ...after, ...place });
  const before = SlackMessage.safeParse({ ...earlier, ...place });
  if (!now.success) return UNREADABLE;
  return { kind: "edit", delivery, message: now.data, ...(before.success ? { before: before.data } : {}) };
});

const deletion = reader(Deleted, (delivery, { channel, deleted_ts: ts }) => ({
  kind: "deletion",
  delivery,
  channel,
  ts,
}));

const reaction = reader(Reacted, (delivery, { user, reaction: name, item: { channel, ts } }) => {
  const at = channel === undefined || ts === undefined ? {} : { at: { channel, ts } };
  return { kind: "reaction", delivery, user, name, ...at };
});

const READERS: ReadonlyMap<string, Reader> = new Map([
  ["app_mention", message],
  ["message", message],
  ["message/message_changed", edit],
  ["message/message_deleted", deletion],
  ["reaction_added", reaction],
  ["message/channel_convert_to_private", channelNews],
  ["message/channel_convert_to_public", channelNews],
  ["channel_shared", channelNews],
  ["channel_unshared", channelNews],
]);

function readJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Reads a signed body; invalid UTF-8 has become U+FFFD before. */
export function parseEnvelope(body: string): Envelope {
  const json = readJson(body);
  return json === undefined ? { kind: "unreadable", reason: "json_parse_error" } : readEnvelope(json);
}

/** Reads what a delivery carries, whichever way it came. */
export function readEnvelope(json: unknown): Envelope {
  const challenge = Challenge.safeParse(json);
  if (challenge.success) return { kind: "challenge", challenge: challenge.data.challenge };
  const callback = Callback.safeParse(json);
  if (!callback.success) return UNREADABLE;
  const { event_id: id, team_id: teamId, enterprise_id: enterpriseId, event } = callback.data;
  const teamIds = [teamId, ...(enterpriseId === undefined ? [] : [enterpriseId])];
  const delivery = { id, teamIds, eventType: event.type };
  const subtype = typeof event["subtype"] === "string" ? `/${event["subtype"]}` : "";
  const read = READERS.get(`${event.type}${subtype}`) ?? READERS.get(event.type);
  if (read === undefined) return { kind: "other", delivery };
  const envelope = read(delivery, event);
  // Subtypes are many and shaped as they like; only those that Thor reads must fit.
  const isStrange = envelope.kind === "unreadable" && subtype !== "" && !READERS.has(`${event.type}${subtype}`);
  return isStrange ? { kind: "other", delivery } : envelope;
}
