/** Posting as the agent, and finding what was posted: each message carries its run and the digest of its call. */
import type { SlackApi } from "@thor/slack/client";
import { createThread } from "@thor/slack/thread";
import { createUpload } from "@thor/slack/upload";

export function createSlackPoster(api: SlackApi, apiUrl: string) {
  const { post, find } = createThread(api);
  return {
    post,
    upload: createUpload(api, apiUrl),
    findPosted: (place: { channel: string; threadTs: string }, wanted: { triggerId: string; digest: string }) =>
      find(place, ({ metadata }) => {
        const mark = metadata?.event_type === "thor_agent" ? metadata.event_payload : {};
        return mark["triggerId"] === wanted.triggerId && mark["digest"] === wanted.digest;
      }),
  };
}
