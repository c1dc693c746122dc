/** chat.*: saying, correcting, taking back and linking to messages. */
import { z } from "zod";

import { checkBlocks } from "../blocks.ts";
import { Metadata, type Message } from "../entities.ts";
import { SlackError } from "../slack-error.ts";
import { messageForm } from "../wire-form.ts";
import { existingMessage, flag, joinedChannel, json, method, type MethodContext, visibleChannel } from "./method.ts";

const MAX_TEXT = 40_000;

const content = {
  text: z.string().optional(),
  blocks: json(z.unknown()).optional(),
  metadata: json(Metadata).optional(),
  attachments: json(z.array(z.record(z.string(), z.unknown())).max(100)).optional(),
};
const Post = z.object({
  ...content,
  channel: z.string(),
  thread_ts: z.string().optional(),
  reply_broadcast: flag.optional(),
});
const Update = z.object({ ...content, channel: z.string(), ts: z.string() });
const Target = z.object({ channel: z.string(), ts: z.string() });
const Ephemeral = z.object({ ...content, channel: z.string(), user: z.string(), thread_ts: z.string().optional() });
const Permalink = z.object({ channel: z.string(), message_ts: z.string() });

interface Content {
  text?: string | undefined;
  blocks?: unknown;
  attachments?: Message["attachments"] | undefined;
}

function contentOf(args: Content) {
  const blocks = args.blocks === undefined ? [] : checkBlocks(args.blocks);
  const text = args.text ?? "";
  const { attachments = [] } = args;
  if (text === "" && blocks.length === 0 && attachments.length === 0) throw new SlackError("no_text");
  if (text.length > MAX_TEXT) throw new SlackError("msg_too_long");
  return { text, blocks, attachments };
}

function replyTarget({ workspace }: MethodContext, channel: string, threadTs: string | undefined) {
  if (threadTs === undefined) return {};
  const parent = workspace.message(channel, threadTs);
  if (parent === undefined) throw new SlackError("thread_not_found");
  return { threadTs: parent.threadTs ?? parent.ts };
}

function own({ workspace }: MethodContext, message: Message, refusal: string): Message {
  if (!message.byBot || message.user !== workspace.app.botUserId) throw new SlackError(refusal);
  return message;
}

function writableChannel(context: MethodContext, id: string) {
  const channel = joinedChannel(context, id);
  if (channel.isArchived) throw new SlackError("is_archived");
  return channel;
}

export const chatMethods = {
  "chat.postMessage": method(["chat:write"], Post, (context, args) => {
    const { workspace } = context;
    const channel = writableChannel(context, args.channel);
    const message = workspace.post({
      ...contentOf(args),
      ...replyTarget(context, channel.id, args.thread_ts),
      channel: channel.id,
      user: workspace.app.botUserId,
      byBot: true,
      ...(args.metadata === undefined ? {} : { metadata: args.metadata }),
      isBroadcast: args.reply_broadcast ?? false,
    });
    const form = messageForm(workspace, message, { hasMetadata: true });
    return { channel: channel.id, ts: message.ts, message: form };
  }),
  "chat.update": method(["chat:write"], Update, (context, args) => {
    const { workspace } = context;
    const channel = writableChannel(context, args.channel);
    const previous = own(context, existingMessage(context, channel.id, args.ts), "cant_update_message");
    const { metadata = previous.metadata } = args;
    const keptBlocks = args.blocks === undefined && args.text === undefined ? previous.blocks : undefined;
    const message = workspace.edit(previous, {
      ...contentOf({
        text: args.text ?? previous.text,
        blocks: args.blocks ?? keptBlocks,
        attachments: args.attachments ?? previous.attachments,
      }),
      ...(metadata === undefined ? {} : { metadata }),
      user: workspace.app.botUserId,
    });
    const form = messageForm(workspace, message, { hasMetadata: true });
    return { channel: channel.id, ts: message.ts, text: message.text, message: form };
  }),
  "chat.delete": method(["chat:write"], Target, (context, { channel, ts }) => {
    visibleChannel(context, channel);
    context.workspace.remove(own(context, existingMessage(context, channel, ts), "cant_delete_message"));
    return { channel, ts };
  }),
  "chat.postEphemeral": method(["chat:write"], Ephemeral, (context, args) => {
    const { workspace } = context;
    const channel = writableChannel(context, args.channel);
    if (!channel.members.includes(args.user)) throw new SlackError("user_not_in_channel");
    const { ts } = workspace.post({
      ...contentOf(args),
      ...replyTarget(context, channel.id, args.thread_ts),
      channel: channel.id,
      user: workspace.app.botUserId,
      byBot: true,
      onlyFor: args.user,
    });
    return { message_ts: ts };
  }),
  "chat.getPermalink": method([], Permalink, (context, args) => {
    visibleChannel(context, args.channel);
    const { channel, ts, threadTs } = existingMessage(context, args.channel, args.message_ts);
    const thread = threadTs === undefined ? "" : `?thread_ts=${threadTs}&cid=${channel}`;
    const permalink = `${context.workspace.app.webUrl()}/archives/${channel}/p${ts.replace(".", "")}${thread}`;
    return { channel, permalink };
  }),
};
