/** Runs, their steps and their control messages. */
import { Actor } from "@thor/domain/actor";
import { ReplyTarget } from "@thor/domain/reply-target";
import { sql } from "kysely";
import { z } from "zod";

import type { ConversationUsage, ProgressMessage, Run } from "../contract/runs.ts";
import type { Db, Row } from "../schema.ts";
import { LIVE_EVENT, OPEN_RUN } from "../writes/live.ts";
import { given, parseOptional } from "./cell.ts";
import { stepOf } from "./steps.ts";

const Actors = z.array(Actor);

/** A stored run as callers see it. */
const runOf = (row: Row<"triggers">): Run => ({
  id: row.id,
  dispatchId: row.dispatch_id,
  cause: row.cause,
  anchorId: row.anchor_id,
  source: row.source,
  requesters: Actors.parse(JSON.parse(row.requesters)),
  ...(row.reply_to === null ? {} : { replyTo: ReplyTarget.parse(JSON.parse(row.reply_to)) }),
  status: row.status,
  promptMessageId: row.prompt_message_id,
  startedAt: row.started_at,
  tools: row.tools,
  errors: row.errors,
  tokensInput: row.tokens_input,
  tokensOutput: row.tokens_output,
  tokensReasoning: row.tokens_reasoning,
  tokensCacheRead: row.tokens_cache_read,
  tokensCacheWrite: row.tokens_cache_write,
  costMicros: row.cost_micros,
  unpricedTokens: row.unpriced_tokens,
  ...given({
    sessionId: row.session_id,
    correlationKey: row.correlation_key,
    prompt: row.prompt,
    promptPartId: row.prompt_part_id,
    park: parseOptional(row.park),
    reason: row.reason,
    error: row.error,
    revs: parseOptional(row.revs),
    promptSentAt: row.prompt_sent_at,
    lastEventAt: row.last_event_at,
    endedAt: row.ended_at,
  }),
});

const progressOf = (row: Row<"progress_messages">): ProgressMessage => ({
  triggerId: row.trigger_id,
  channel: row.channel,
  threadTs: row.thread_ts,
  ...given({ messageTs: row.message_ts }),
  rev: row.rev,
  digest: row.digest,
  state: row.state,
});

const MAX_ROWS = 200;

const one = async (row: Promise<Row<"triggers"> | undefined>) => {
  const found = await row;
  return found === undefined ? undefined : runOf(found);
};

/** Reads about runs. */
export const createRunReads = (db: Db) => ({
  ...createOpenRunReads(db),
  ...createDeedReads(db),
  ...createProgressReads(db),
});

function createOpenRunReads(db: Db) {
  const runs = () => db.selectFrom("triggers").selectAll();
  return {
    openTriggers: async () => (await runs().where(OPEN_RUN).orderBy("started_at").execute()).map(runOf),
    /** What a stop would end in a conversation: its open run, and the newest event that waits or is being handed over. */
    liveWork: async ({ anchorId }: { anchorId: string }) => {
      const open = db.selectFrom("triggers").select("id").where("anchor_id", "=", anchorId).where(OPEN_RUN);
      const waiting = db.selectFrom("events").select("id").where("anchor_id", "=", anchorId).where(LIVE_EVENT);
      const run = await open.limit(1).executeTakeFirst();
      const event = await waiting.orderBy("id", "desc").limit(1).executeTakeFirst();
      return { triggerId: run?.id, newestEventId: event?.id };
    },
    triggersOf: async ({ anchorId, limit }: { anchorId: string; limit: number }) => {
      const newest = runs().where("anchor_id", "=", anchorId).orderBy("started_at", "desc").orderBy("id", "desc");
      return (await newest.limit(Math.min(limit, MAX_ROWS)).execute()).map(runOf);
    },
    triggerById: ({ triggerId }: { triggerId: string }) => one(runs().where("id", "=", triggerId).executeTakeFirst()),
    triggerByDispatch: ({ dispatchId }: { dispatchId: string }) =>
      one(runs().where("dispatch_id", "=", dispatchId).executeTakeFirst()),
    partsOf: async ({
      triggerId,
      afterSeq = -1,
      limit,
    }: {
      triggerId: string;
      afterSeq?: number | undefined;
      limit: number;
    }) => {
      const parts = db.selectFrom("session_parts").selectAll().where("trigger_id", "=", triggerId);
      const page = parts.where("first_seq", ">", afterSeq).orderBy("first_seq").limit(Math.min(limit, MAX_ROWS));
      return (await page.execute()).map(stepOf);
    },
  };
}

/** What was done and used in runs. */
function createDeedReads(db: Db) {
  return {
    /** How many calls with these very arguments were decided in a run, the present one included. */
    decidedInRun: async ({ triggerId, argsDigest }: { triggerId: string; argsDigest: string }) => {
      const rows = db.selectFrom("audit").where("trigger_id", "=", triggerId).where("event", "=", "exec_decided");
      const same = rows.where("args_digest", "=", argsDigest).select(({ fn }) => fn.countAll<number>().as("n"));
      return (await same.executeTakeFirstOrThrow()).n;
    },
    /** What all runs of a conversation have used so far. */
    conversationUsage: async ({ anchorId }: { anchorId: string }): Promise<ConversationUsage> => {
      const sums = await db
        .selectFrom("triggers")
        .where("anchor_id", "=", anchorId)
        .select(({ fn }) => [
          fn.sum<number | null>("tokens_input").as("input"),
          fn.sum<number | null>("tokens_output").as("output"),
          fn.sum<number | null>("tokens_reasoning").as("reasoning"),
          fn.sum<number | null>("tokens_cache_write").as("written"),
          fn.sum<number | null>("cost_micros").as("costMicros"),
          fn.sum<number | null>("unpriced_tokens").as("unpricedTokens"),
          fn.sum<number | null>("tools").as("toolCalls"),
          sql<number | null>`sum(coalesce(ended_at, started_at) - started_at)`.as("wallMs"),
        ])
        .executeTakeFirstOrThrow();
      const { input, output, reasoning, written, costMicros, unpricedTokens, toolCalls, wallMs } = sums;
      return {
        tokens: (input ?? 0) + (output ?? 0) + (reasoning ?? 0) + (written ?? 0),
        costMicros: costMicros ?? 0,
        unpricedTokens: unpricedTokens ?? 0,
        toolCalls: toolCalls ?? 0,
        wallMs: wallMs ?? 0,
      };
    },
    postedInThread: async ({
      triggerId,
      channel,
      threadTs,
    }: {
      triggerId: string;
      channel: string;
      threadTs: string;
    }) => {
      const posts = db.selectFrom("audit").select("seq").where("trigger_id", "=", triggerId);
      const here = posts.where("event", "=", "slack_posted").where("target", "=", `${channel}/${threadTs}`);
      return (await here.limit(1).executeTakeFirst()) !== undefined;
    },
  };
}

function createProgressReads(db: Db) {
  return {
    progressOf: async ({ triggerId }: { triggerId: string }) => {
      const row = await db
        .selectFrom("progress_messages")
        .selectAll()
        .where("trigger_id", "=", triggerId)
        .executeTakeFirst();
      return row === undefined ? undefined : progressOf(row);
    },
    orphanedProgress: async ({ limit }: { limit: number }) => {
      const rows = await db
        .selectFrom("progress_messages")
        .innerJoin("triggers", "triggers.id", "progress_messages.trigger_id")
        .selectAll("progress_messages")
        .where("progress_messages.state", "=", "live")
        .where("triggers.ended_at", "is not", null)
        .limit(Math.min(limit, MAX_ROWS))
        .execute();
      return rows.map(progressOf);
    },
  };
}
