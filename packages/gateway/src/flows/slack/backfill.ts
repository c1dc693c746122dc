/** Once after the start: what people wrote in Thor's threads and their channels while nobody listened. */
import { slackStream, type OutboxPayload } from "@thor/domain/outbox";
import type { Clock } from "@thor/kit/flow/clock";
import type { Log } from "@thor/kit/flow/log";
import type { Ledger } from "@thor/ledger/port";
import type { Answer } from "@thor/slack/pure/answer";

import { readEnvelope } from "../../core/slack/envelope.ts";
import { judgeMissed } from "../../core/slack/missed.ts";
import type { Identity } from "../../core/slack/screen.ts";
import type { ReceiveSlack } from "./receive.ts";

const DAY_MS = 24 * 60 * 60_000;
const MAX_THREADS = 50;
/** Slack allows about one such call a second. */
const PACE_MS = 1000;

interface Place {
  channel: string;
  threadTs?: string | undefined;
}
type Said = Readonly<{ ts: string } & Record<string, unknown>>;

export interface BackfillSlackDeps extends Pick<Ledger, "recentThreads" | "enqueueOutbox"> {
  log: Log;
  clock: Clock;
  pause: (ms: number) => Promise<void>;
  readHistory: (place: Place & { oldest: string }) => Promise<Answer<Said[]>>;
  receive: ReceiveSlack;
}

/** Channels first, then the threads in them. */
function placesOf(threads: readonly string[]): Place[] {
  const split = threads.map((thread) => {
    const [channel = "", threadTs = ""] = thread.split("/");
    return { channel, threadTs };
  });
  return [...new Set(split.map(({ channel }) => channel))].map((channel): Place => ({ channel })).concat(split);
}

const wrap = (said: Said, { channel }: Place, me: Identity) => {
  const channelType = channel.startsWith("D") ? { channel_type: "im" } : {};
  const event = { ...said, ...channelType, type: "message", channel };
  return { type: "event_callback", event_id: `backfill:${channel}:${said.ts}`, team_id: me.teamId, event };
};

export function createBackfillSlack(deps: BackfillSlackDeps) {
  const ask = async (said: Said, { channel, threadTs = said.ts }: Place, me: Identity) => {
    const text = "I was away when you wrote this. If it still matters, mention me here and I will start on it.";
    const payload: OutboxPayload = { kind: "slack.post", channel, threadTs, team: me.teamId, text };
    const dedupeKey = `away:${channel}/${threadTs}`;
    await deps.enqueueOutbox({ kind: payload.kind, stream: slackStream(channel, threadTs), dedupeKey, payload });
  };

  const take = async (said: Said, place: Place, me: Identity) => {
    const envelope = readEnvelope(wrap(said, place, me));
    if (envelope.kind !== "message") return;
    const now = deps.clock.now();
    const facts = { now, botUserId: me.botUserId, isEngaged: place.threadTs !== undefined };
    const judged = judgeMissed(envelope.message, facts);
    if (judged === "receive") await deps.receive(envelope);
    else if (judged === "ask") await ask(said, place, me);
  };

  /** Reads what was said after `since` (ms); what was delivered already is a duplicate and does nothing. */
  return async (me: Identity, since: number): Promise<void> => {
    const oldest = (since / 1000).toFixed(6);
    const threads = await deps.recentThreads({ since: deps.clock.now() - 7 * DAY_MS, limit: MAX_THREADS });
    let found = 0;
    for (const place of placesOf(threads)) {
      const answer = await deps.readHistory({ ...place, oldest });
      if (answer.kind === "ok") for (const said of answer.body) await take(said, place, me);
      else deps.log.warn({ event: "backfill_unread", ...place, result: answer.kind }, "a place was not read");
      found += answer.kind === "ok" ? answer.body.length : 0;
      await deps.pause(PACE_MS);
    }
    deps.log.info({ event: "backfill_done", places: threads.length, messages: found }, "read what was missed");
  };
}
