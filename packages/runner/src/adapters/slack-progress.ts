/** The control message and the traces of the agent in a Slack thread. */
import { createSlackApi } from "@thor/slack/client";
import { createThread } from "@thor/slack/thread";

const CONTROL = "thor_control";
const AGENT = "thor_agent";

export interface ThreadPlace {
  channel: string;
  threadTs: string;
}

export function createSlackProgress(options: { token: string; baseUrl: string }) {
  const thread = createThread(createSlackApi(options));
  const find = ({ channel, threadTs }: ThreadPlace, kind: string, triggerId: string) =>
    thread.find(
      { channel, threadTs },
      ({ metadata }) => metadata?.event_type === kind && metadata.event_payload["triggerId"] === triggerId,
    );
  return {
    post: ({ channel, threadTs }: ThreadPlace, text: string, triggerId: string) =>
      thread.post({ channel, threadTs, text, metadata: { event_type: CONTROL, event_payload: { triggerId } } }),
    update: (at: { channel: string; ts: string }, text: string) => thread.update({ ...at, text }),
    findControl: (place: ThreadPlace, triggerId: string) => find(place, CONTROL, triggerId),
    /** Whether the agent itself posted in the thread during a run. */
    findAgentPost: (place: ThreadPlace, triggerId: string) => find(place, AGENT, triggerId),
  };
}
export type SlackProgress = ReturnType<typeof createSlackProgress>;
