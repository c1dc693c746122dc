/** The outermost shape of what Slack posts: bytes → challenge | message | a reason to ignore it. */
import { z } from "zod";

const channelId = z.string().regex(/^[CGD][A-Z0-9]{1,31}$/);
const timestamp = z.string().regex(/^\d{1,12}\.\d{6}$/);
const userId = z.string().regex(/^[A-Z0-9]{1,32}$/);
/** Slack writes null where it means absent. */
const orAbsent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const text = orAbsent(z.string());

const File = z.object({
  id: text.transform((id) => id ?? ""),
  name: text,
  mimetype: text,
  filetype: text,
  size: orAbsent(z.number()),
  permalink: text,
  url_private: text,
});

const Attachment = z.object({
  author_name: text,
  author_id: text.transform((id) => id ?? ""),
  channel_id: text,
  ts: orAbsent(z.union([z.string(), z.number()])),
  from_url: text,
  title: text,
  title_link: text,
  text,
  fallback: text,
  is_msg_unfurl: orAbsent(z.boolean()),
});

export const SlackMessage = z.object({
  type: z.enum(["app_mention", "message"]),
  subtype: orAbsent(z.string()),
  user: orAbsent(userId),
  user_team: orAbsent(z.string()),
  team: orAbsent(z.string()),
  bot_id: orAbsent(z.string()),
  bot_profile: z.unknown().optional(),
  app_id: orAbsent(z.string()),
  text,
  ts: timestamp,
  channel: channelId,
  channel_type: orAbsent(z.string()),
  thread_ts: orAbsent(timestamp),
  files: orAbsent(z.array(File)),
  attachments: orAbsent(z.array(Attachment)),
});
export type SlackMessage = z.infer<typeof SlackMessage>;

const Callback = z.object({
  type: z.literal("event_callback"),
  event_id: z.string().regex(/^[\u0021-\u007e]{1,256}$/),
  team_id: z.string(),
  enterprise_id: orAbsent(z.string()),
  event: z.object({ type: z.string() }).loose(),
});
const Challenge = z.object({ type: z.literal("url_verification"), challenge: z.string().max(1000) });

export interface Delivery {
  /** Slack's id of this delivery; the same on every retry. */
  id: string;
  teamIds: string[];
  eventType: string;
}

export type Envelope =
  | { kind: "challenge"; challenge: string }
  | { kind: "message"; delivery: Delivery; message: SlackMessage }
  /** Well formed, but nothing Thor listens to. */
  | { kind: "other"; delivery: Delivery }
  | { kind: "unreadable"; reason: "json_parse_error" | "schema_validation_failed" };

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
  if (json === undefined) return { kind: "unreadable", reason: "json_parse_error" };
  const challenge = Challenge.safeParse(json);
  if (challenge.success) return { kind: "challenge", challenge: challenge.data.challenge };
  const callback = Callback.safeParse(json);
  if (!callback.success) return { kind: "unreadable", reason: "schema_validation_failed" };
  const { event_id: id, team_id: teamId, enterprise_id: enterpriseId, event } = callback.data;
  const delivery = {
    id,
    teamIds: [teamId, ...(enterpriseId === undefined ? [] : [enterpriseId])],
    eventType: event.type,
  };
  if (event.type !== "message" && event.type !== "app_mention") return { kind: "other", delivery };
  const message = SlackMessage.safeParse(event);
  // An edit or a deletion carries its message one level down; both are for a later version.
  if (!message.success && typeof event["subtype"] === "string") return { kind: "other", delivery };
  if (!message.success) return { kind: "unreadable", reason: "schema_validation_failed" };
  return { kind: "message", delivery, message: message.data };
}
