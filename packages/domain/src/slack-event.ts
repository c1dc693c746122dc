/** A Slack message as Thor keeps and renders it; ids and text only, never a token or a download. */
import { z } from "zod";

const SlackFile = z.object({
  id: z.string(),
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
  external_author: z.boolean().optional(),
  files: z.array(SlackFile),
  attachments: z.array(SlackAttachment),
});
export type SlackMessageEvent = z.infer<typeof SlackMessageEvent>;
