/** What Thor does in a thread: say, correct, take back, react, and find out whether a promise arrived. */
import { z } from "zod";

import type { SlackApi } from "./client.ts";
import type { Answer } from "./pure/answer.ts";

export interface Message {
  channel: string;
  threadTs?: string | undefined;
  text: string;
  blocks?: readonly unknown[] | undefined;
  /** Hidden mark that says which promise or run this message is; the way to find it after a lost answer. */
  metadata: { event_type: string; event_payload: Readonly<Record<string, string>> };
}

const Done = z.object({});
const Posted = z.object({ ts: z.string(), channel: z.string() });
const Replies = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      text: z.string().optional(),
      user: z.string().optional(),
      blocks: z.array(z.looseObject({ type: z.string(), block_id: z.string().optional() })).optional(),
      metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
export type Reply = z.infer<typeof Replies>["messages"][number];

const PAGE = 200;
const MAX_PAGES = 20;

const DONE_ALREADY = new Set(["already_reacted", "no_reaction", "message_not_found"]);

/** The first message of a thread, or of a channel, that fits, read page by page from `oldest` (or the start). */
const createFind =
  (api: SlackApi) =>
  async (
    thread: { channel: string; threadTs?: string | undefined; oldest?: string | undefined },
    fits: (reply: Reply) => boolean,
  ): Promise<Answer<Reply | undefined>> => {
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const { channel, threadTs, oldest } = thread;
      const args = {
        channel,
        limit: PAGE,
        include_all_metadata: true,
        ...(threadTs === undefined ? {} : { ts: threadTs }),
        ...(oldest === undefined ? {} : { oldest }),
        ...(cursor === undefined ? {} : { cursor }),
      };
      const answer = await api.call(`conversations.${threadTs === undefined ? "history" : "replies"}`, args, Replies);
      if (answer.kind !== "ok") return answer;
      const found = answer.body.messages.find(fits);
      cursor = answer.body.response_metadata?.next_cursor;
      if (found !== undefined || cursor === undefined || cursor === "") return { kind: "ok", body: found };
    }
    return { kind: "ok", body: undefined };
  };

export function createThread(api: SlackApi) {
  const post = ({ channel, threadTs, text, blocks, metadata }: Message): Promise<Answer<z.infer<typeof Posted>>> =>
    api.call(
      "chat.postMessage",
      {
        channel,
        text,
        metadata,
        unfurl_links: false,
        unfurl_media: false,
        ...(threadTs === undefined ? {} : { thread_ts: threadTs }),
        ...(blocks === undefined ? {} : { blocks }),
      },
      Posted,
    );

  const update = (message: { channel: string; ts: string; text: string; blocks?: readonly unknown[] | undefined }) =>
    api.call("chat.update", { ...message, blocks: message.blocks ?? [] }, Done);

  /** Words that only one person sees. */
  const whisper = ({
    channel,
    threadTs,
    user,
    text,
  }: {
    channel: string;
    threadTs: string;
    user: string;
    text: string;
  }) => api.call("chat.postEphemeral", { channel, user, text, thread_ts: threadTs }, Done);

  const remove = (message: { channel: string; ts: string }) => api.call("chat.delete", message, Done);

  /** Adds or removes a reaction; finding it already so, or the message gone, counts as done. */
  const react = async (mark: {
    channel: string;
    ts: string;
    name: string;
    remove?: boolean | undefined;
  }): Promise<Answer<object>> => {
    const { channel, ts, name } = mark;
    const method = mark.remove === true ? "reactions.remove" : "reactions.add";
    const answer = await api.call(method, { channel, timestamp: ts, name }, Done);
    return answer.kind === "refused" && DONE_ALREADY.has(answer.code) ? { kind: "ok", body: {} } : answer;
  };

  return { post, update, whisper, remove, react, find: createFind(api) };
}
