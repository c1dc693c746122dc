/** What an edit means, before anybody looks whether the message still waits. */
import { isMention } from "./mention.ts";
import type { SlackMessage } from "./shapes.ts";

/** What people wrote: a link that Slack unfolded is not part of it. */
function wordsOf({ text, files, attachments }: SlackMessage): string {
  const own = (attachments ?? []).filter(
    ({ from_url, is_msg_unfurl }) => from_url === undefined || is_msg_unfurl === true,
  );
  return JSON.stringify([text ?? "", (files ?? []).map(({ id }) => id), own]);
}

export interface Edit {
  isChanged: boolean;
  /** Thor is called now and was not before, as far as Slack tells what stood there before. */
  addsMention: boolean;
  mentions: boolean;
}

export function readEdit(after: SlackMessage, before: SlackMessage | undefined, botUserId: string): Edit {
  const mentions = isMention(after, botUserId);
  if (before === undefined) return { isChanged: true, addsMention: false, mentions };
  return {
    isChanged: wordsOf(after) !== wordsOf(before),
    addsMention: mentions && !isMention(before, botUserId),
    mentions,
  };
}
