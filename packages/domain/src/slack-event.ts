/** A Slack message as Thor keeps and renders it; ids and text only, never a token or a download. */
import { z } from "zod";

const SlackFile = z.object({
  id: z.string(),
  file_access: z.string().optional(),
  name: z.string().optional(),
  mimetype: z.string().optional(),
  filetype: z.string().optional(),
  size: z.number().optional(),
  permalink: z.string().optional(),
  url_private: z.string().optional(),
});

export const SlackAttachment = z.object({
  kind: z.enum(["forwarded", "unfurl", "app"]),
  author: z.string().optional(),
  channel: z.string().optional(),
  ts: z.string().optional(),
  from_url: z.string().optional(),
  title: z.string().optional(),
  title_link: z.string().optional(),
  text: z.string().optional(),
  fields: z.array(z.object({ title: z.string().optional(), value: z.string().optional() })).optional(),
  files: z.array(SlackFile).optional(),
});
export type SlackAttachment = z.infer<typeof SlackAttachment>;

/** The payload of an event row whose source is `slack`; key order is the order in the prompt. */
export const SlackMessageEvent = z.object({
  event_type: z.enum(["app_mention", "message"]),
  team: z.string(),
  channel: z.string(),
  ts: z.string(),
  thread_ts: z.string().optional(),
  user: z.string().optional(),
  text: z.string(),
  /** The words are not the first ones: the message was edited while it waited. */
  edited: z.boolean().optional(),
  external_author: z.boolean().optional(),
  files: z.array(SlackFile),
  attachments: z.array(SlackAttachment),
  block_tags: z.array(z.string()).default([]),
});
export type SlackMessageEvent = z.infer<typeof SlackMessageEvent>;
