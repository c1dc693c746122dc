/** The control message, cards, and the traces of the agent in a Slack thread. */
import {
  ACTION_BUTTON_KEY,
  actionButtonMessage,
  formatActionButton,
  type ButtonPlace,
} from "@thor/domain/action-button";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { createSigner } from "@thor/kit/signer";
import { readAudience, readVisibility } from "@thor/slack/channel";
import { createSlackApi, type SlackApi } from "@thor/slack/client";
import { readIdentity } from "@thor/slack/identity";
import { createThread } from "@thor/slack/thread";
import { z } from "zod";

import { blocksOf, type Button, type Said } from "../core/slack/said.ts";

const CONTROL = "thor_control";
const CARD = "thor_card";
const AGENT = "thor_agent";
const BUTTON_VALID_MS = 7 * 24 * 3_600_000;
const ASK_AGAIN_MS = 30_000;

export interface ThreadPlace {
  channel: string;
  threadTs: string;
}

interface SlackOptions {
  token: string;
  baseUrl: string;
  secret: string;
  now: () => number;
}

/** The workspace that buttons are bound to; asked once, and again only when Slack could not say. */
function createTeam(api: SlackApi, now: () => number) {
  let team: string | undefined;
  let asking: Promise<string | undefined> | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  const ask = async () => {
    const known = await readIdentity(api);
    team = known.kind === "ok" ? known.body.team_id : undefined;
    return team;
  };
  // Whoever comes while it is asked waits for that answer: a message without its buttons may stand so for an hour.
  return (): Promise<string | undefined> => {
    if (asking === undefined || (team === undefined && now() - askedAt >= ASK_AGAIN_MS)) {
      askedAt = now();
      asking = ask();
    }
    return asking;
  };
}

/** Signs what a button means for the one place it will stand in. */
function createSign({ secret, now }: SlackOptions) {
  const sign = createSigner(secret, THOR_KEY_SALT, ACTION_BUTTON_KEY);
  return (place: Omit<ButtonPlace, "actionId">) =>
    ({ action, means }: Button): string => {
      const button = { ...means, expires: Math.floor((now() + BUTTON_VALID_MS) / 1000) };
      const message = actionButtonMessage(button, { ...place, actionId: action });
      return formatActionButton(button, sign(message));
    };
}

export function createSlackProgress(options: SlackOptions) {
  const api = createSlackApi(options);
  const thread = createThread(api);
  const teamOf = createTeam(api, options.now);
  const signFor = createSign(options);

  /** Without buttons and without a link, plain words are enough. */
  const blocks = async (place: ThreadPlace, said: Said) => {
    if (said.buttons.length === 0 && said.view === undefined) return {};
    const team = await teamOf();
    const shown = team === undefined ? { ...said, buttons: [] } : said;
    return { blocks: blocksOf(shown, signFor({ ...place, team: team ?? "" })) };
  };
  const post = (event: string, field: string) => async (place: ThreadPlace, said: Said, id: string) =>
    thread.post({
      channel: place.channel,
      threadTs: place.threadTs,
      text: said.text,
      ...(await blocks(place, said)),
      metadata: { event_type: event, event_payload: { [field]: id } },
    });
  const find = (event: string, field: string) => (place: ThreadPlace, id: string) =>
    thread.find(place, ({ metadata }) => metadata?.event_type === event && metadata.event_payload[field] === id);

  return {
    post: post(CONTROL, "triggerId"),
    findControl: find(CONTROL, "triggerId"),
    postCard: post(CARD, "cardId"),
    findCard: find(CARD, "cardId"),
    update: async ({ channel, threadTs, ts }: ThreadPlace & { ts: string }, said: Said) =>
      thread.update({ channel, ts, text: said.text, ...(await blocks({ channel, threadTs }, said)) }),
    /** Whether the agent itself posted in the thread during a run. */
    findAgentPost: find(AGENT, "triggerId"),
    /** Who reads a channel. */
    audienceOf: (channel: string) => readAudience(api, channel),
    /** Whether everybody in the team may read it. */
    visibilityOf: (channel: string) => readVisibility(api, channel),
    /** The line under the thread's box; no words take it away. */
    setStatus: ({ channel, threadTs }: ThreadPlace, status: string) =>
      api.call("assistant.threads.setStatus", { channel_id: channel, thread_ts: threadTs, status }, z.object({})),
  };
}
export type SlackProgress = ReturnType<typeof createSlackProgress>;
