/** The gateway's verbs in Slack, made of the calls of @thor/slack. */
import { readVisibility } from "@thor/slack/channel";
import { createSlackApi } from "@thor/slack/client";
import { openForm } from "@thor/slack/form";
import { readHistory } from "@thor/slack/history";
import { readIdentity } from "@thor/slack/identity";
import { TRANSIENT_CODES } from "@thor/slack/pure/transient";
import { createThread } from "@thor/slack/thread";

import type { ChannelFact } from "../core/plan/plan.ts";
import type { IdentityAnswer } from "../core/slack/screen.ts";

const MARK = "thor_outbox";
/** How far Slack's clock may be behind ours. */
const CLOCK_MS = 60_000;

interface Place {
  channel: string;
  threadTs?: string | undefined;
}
/** The block that a line added to a card is; a later line takes its place. */
const CARD_LINE = "thor_line";
const PERMANENT_IDENTITY = new Set([
  "invalid_auth",
  "account_inactive",
  "token_revoked",
  "not_authed",
  "token_expired",
]);

/** Puts a line below a card; one that has no buttons any more is left as it is. */
const createCardLine =
  (thread: ReturnType<typeof createThread>) =>
  async ({ channel, threadTs, ts, text }: { channel: string; threadTs: string; ts: string; text: string }) => {
    const found = await thread.find({ channel, threadTs }, (reply) => reply.ts === ts);
    if (found.kind !== "ok") return found;
    const { blocks = [], text: words = "" } = found.body ?? {};
    if (!blocks.some(({ type }) => type === "actions")) return { kind: "ok" as const, body: {} };
    const line = { type: "context", block_id: CARD_LINE, elements: [{ type: "mrkdwn", text }] };
    const kept = blocks.filter(({ block_id: id }) => id !== CARD_LINE);
    return thread.update({ channel, ts, text: words, blocks: [...kept, line] });
  };

export function createGatewaySlack(options: { token: string; baseUrl: string }) {
  const api = createSlackApi(options);
  const thread = createThread(api);

  const askIdentity = async (): Promise<IdentityAnswer> => {
    const answer = await readIdentity(api);
    switch (answer.kind) {
      case "ok": {
        const { team_id: teamId, user_id: botUserId, bot_id: botId, app_id: appId, enterprise_id } = answer.body;
        return { kind: "ok", me: { teamId, botUserId, botId, appId, enterpriseId: enterprise_id ?? undefined } };
      }
      case "refused":
        return PERMANENT_IDENTITY.has(answer.code)
          ? { kind: "permanent", error: answer.code }
          : { kind: "transient", error: answer.code };
      case "limited":
        return { kind: "transient", error: "rate limited" };
      case "unreachable":
      case "unknown":
        return { kind: "transient", error: answer.error };
    }
  };

  /** A channel that Slack will not describe is gated; silence is not an answer. */
  const lookUpChannel = async (channel: string): Promise<ChannelFact> => {
    const answer = await readVisibility(api, channel);
    switch (answer.kind) {
      case "ok":
        return { kind: "class", class: answer.body };
      case "refused":
        return TRANSIENT_CODES.has(answer.code)
          ? { kind: "failed", error: answer.code }
          : { kind: "class", class: "gated" };
      case "limited":
        return { kind: "failed", error: "rate limited", retryAfterMs: answer.retryAfterMs };
      case "unreachable":
      case "unknown":
        return { kind: "failed", error: answer.error };
    }
  };

  return {
    askIdentity,
    lookUpChannel,
    post: ({ promiseId, ...message }: Place & { text: string; promiseId: string }) =>
      thread.post({ ...message, metadata: { event_type: MARK, event_payload: { id: promiseId } } }),
    findPosted: ({ channel, threadTs, promiseId, since }: Place & { promiseId: string; since: number }) =>
      thread.find(
        { channel, threadTs, ...(threadTs === undefined ? { oldest: String((since - CLOCK_MS) / 1000) } : {}) },
        ({ metadata }) => metadata?.event_type === MARK && metadata.event_payload["id"] === promiseId,
      ),
    readHistory: (place: Parameters<typeof readHistory>[1]) => readHistory(api, place),
    addCardLine: createCardLine(thread),
    whisper: thread.whisper,
    openForm: (opener: string, view: object) => openForm(api, { opener, view }),
    react: thread.react,
    remove: thread.remove,
  };
}
