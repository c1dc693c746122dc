/** The parts of Slack's wire form that Thor reads; unknown keys are left out, null means absent. */
import { z } from "zod";

export const channelId = z.string().regex(/^[CGD][A-Z0-9]{1,31}$/);
export const timestamp = z.string().regex(/^\d{1,12}\.\d{6}$/);
export const userId = z.string().regex(/^[A-Z0-9]{1,32}$/);
/** Slack writes null where it means absent. */
export const orAbsent = <T extends z.ZodType>(schema: T) => schema.nullish().transform((value) => value ?? undefined);
const text = orAbsent(z.string());

const File = z.object({
  id: text.transform((id) => id ?? ""),
  file_access: text,
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
  fields: orAbsent(z.array(z.object({ title: text, value: text }))),
  files: orAbsent(z.array(File)),
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
  blocks: z.unknown().optional(),
  edited: orAbsent(z.object({ ts: timestamp })),
});
export type SlackMessage = z.infer<typeof SlackMessage>;
export type RawAttachment = z.infer<typeof Attachment>;
