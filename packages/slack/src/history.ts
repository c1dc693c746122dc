import { z } from "zod";

import type { SlackApi } from "./client.ts";
import type { Answer } from "./pure/answer.ts";

const Page = z.object({ messages: z.array(z.looseObject({ ts: z.string() })) });
type Said = z.infer<typeof Page>["messages"];
const PAGE = 200;

/** What was said in a channel, or in one thread of it, after `oldest`: the newest page only, in order of time. */
export async function readHistory(
  api: SlackApi,
  { channel, threadTs, oldest }: { channel: string; threadTs?: string | undefined; oldest: string },
): Promise<Answer<Said>> {
  const window = { channel, oldest, limit: PAGE };
  const answer =
    threadTs === undefined
      ? await api.call("conversations.history", window, Page)
      : await api.call("conversations.replies", { ...window, ts: threadTs }, Page);
  if (answer.kind !== "ok") return answer;
  // Slack shows a thread's first message whatever the window.
  const after = answer.body.messages.filter(({ ts }) => Number(ts) > Number(oldest));
  return { kind: "ok", body: after.toSorted((one, other) => Number(one.ts) - Number(other.ts)) };
}
