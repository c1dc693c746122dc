/** conversations.*: what a channel is and what was said in it, page by page. */
import { z } from "zod";

import type { Message } from "../entities.ts";
import { SlackError } from "../slack-error.ts";
import { channelForm, messageForm } from "../wire-form.ts";
import { flag, int, joinedChannel, json, method, type MethodContext, visibleChannel } from "./method.ts";
import { pageOf } from "./paging.ts";

const READ = ["channels:read", "groups:read", "im:read", "mpim:read"];
const HISTORY = ["channels:history", "groups:history", "im:history", "mpim:history"];

const Window = z.object({
  channel: z.string(),
  cursor: z.string().optional(),
  limit: int.min(1).max(999).optional(),
  oldest: z.string().optional(),
  latest: z.string().optional(),
  inclusive: flag.optional(),
  include_all_metadata: flag.optional(),
});
type Window = z.infer<typeof Window>;
const Members = Window.pick({ channel: true, cursor: true, limit: true });

function bound(text: string | undefined, fallback: number, refusal: string): number {
  if (text === undefined || text === "") return fallback;
  const value = Number(text);
  if (!Number.isFinite(value)) throw new SlackError(refusal);
  return value;
}

function within(messages: Message[], { oldest, latest, inclusive = false }: Window): Message[] {
  const from = bound(oldest, 0, "invalid_ts_oldest");
  const to = bound(latest, Infinity, "invalid_ts_latest");
  return messages.filter(({ ts }) => {
    const at = Number(ts);
    return inclusive ? at >= from && at <= to : at > from && at < to;
  });
}

function page({ workspace }: MethodContext, messages: Message[], window: Window) {
  const { rows, hasMore, next } = pageOf(messages, window);
  const hasMetadata = window.include_all_metadata ?? false;
  return {
    messages: rows.map((message) => messageForm(workspace, message, { hasMetadata })),
    has_more: hasMore,
    response_metadata: next,
  };
}

export const conversationMethods = {
  "conversations.info": method(READ, z.object({ channel: z.string() }), (context, args) => ({
    channel: channelForm(visibleChannel(context, args.channel), context.workspace.app),
  })),
  "conversations.list": method(READ, z.object({ types: z.string().optional() }), (context, args) => {
    const { workspace } = context;
    const types = (args.types ?? "public_channel").split(",");
    const typeOf = { public: "public_channel", shared: "public_channel", private: "private_channel", im: "im" };
    const isMine = (members: string[]) => members.includes(workspace.app.botUserId);
    const channels = workspace.channels.all().filter(({ kind, members }) => {
      return types.includes(typeOf[kind]) && (kind === "public" || isMine(members));
    });
    return {
      channels: channels.map((channel) => channelForm(channel, workspace.app)),
      response_metadata: { next_cursor: "" },
    };
  }),
  "conversations.history": method(HISTORY, Window, (context, window) => {
    const channel = joinedChannel(context, window.channel);
    const messages = context.workspace.history(channel.id).toReversed();
    return page(context, within(messages, window), window);
  }),
  "conversations.replies": method(HISTORY, Window.extend({ ts: z.string() }), (context, args) => {
    const channel = joinedChannel(context, args.channel);
    const asked = context.workspace.message(channel.id, args.ts);
    if (asked === undefined) throw new SlackError("thread_not_found");
    const [root, ...replies] = context.workspace.thread(channel.id, asked.threadTs ?? asked.ts);
    // Slack always starts with the parent, whatever the window.
    return page(context, [...(root === undefined ? [] : [root]), ...within(replies, args)], args);
  }),
  "conversations.open": method(["im:write", "im:read"], z.object({ users: z.string() }), (context, { users }) => {
    const { workspace } = context;
    const channel = workspace.channels.all().find(({ kind, members }) => kind === "im" && members.includes(users));
    if (channel === undefined) throw new SlackError("user_not_found");
    return { channel: { id: channel.id } };
  }),
  "conversations.members": method(READ, Members, (context, args) => {
    const { rows, next } = pageOf(visibleChannel(context, args.channel).members, args);
    return { members: rows, response_metadata: next };
  }),
  "assistant.threads.setStatus": method(
    ["assistant:write", "chat:write"],
    z.object({
      channel_id: z.string(),
      thread_ts: z.string(),
      status: z.string(),
      loading_messages: json(z.array(z.string())).optional(),
    }),
    (context, { channel_id, thread_ts, status }) => {
      const channel = joinedChannel(context, channel_id);
      if (context.workspace.message(channel.id, thread_ts) === undefined) throw new SlackError("invalid_thread_ts");
      context.workspace.setStatus(channel.id, thread_ts, status);
      return {};
    },
  ),
};
