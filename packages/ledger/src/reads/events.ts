/** Lists of events and promises, newest first, without a person's words except in one event's detail. */
import type { Json } from "@thor/domain/json";

import type { PromiseRow, PromiseState } from "../contract/outbox.ts";
import type { Page } from "../contract/outcome.ts";
import type { EventDetail, EventFilter, EventRow, LaneStatus } from "../contract/queue.ts";
import type { Db, Row } from "../schema.ts";
import { given, parseJson } from "./cell.ts";
import { eventOf, refsOf } from "./event-view.ts";

const MAX_ROWS = 200;
type Joined = Row<"events"> & { lane_status: LaneStatus | null; lane_due_at: number | null };

/** One sentence that says where an event stands. */
function explain(row: Joined): string {
  const reason = row.reason ?? row.last_error ?? "no reason";
  switch (row.state) {
    case "ready":
      return explainWaiting(row);
    case "claimed":
      return "It is being handed to the runner.";
    case "done":
      return "A run has it.";
    case "dropped":
      return `It was dropped: ${reason}.`;
    case "cancelled":
      return `It was cancelled: ${reason}.`;
    case "discarded":
      return "A person let it go.";
    case "dead":
      return `It failed ${row.attempts} times and waits for a person: ${reason}.`;
  }
}

function explainWaiting(row: Joined): string {
  switch (row.lane_status) {
    case "busy":
      return "It waits for the end of the run that is open in its conversation.";
    case "backoff":
      return `It is tried again after ${row.attempts} failed attempts: ${row.last_error ?? "no error"}.`;
    case "stopped":
      return "Its conversation was stopped; the next message of a person starts it.";
    case "held":
      return "It waits for the batch before it.";
    case "idle":
    case "waiting":
    case null:
      return "It waits for its quiet window.";
  }
}

function rowOf(row: Joined): EventRow {
  const { payload: _payload, ...event } = eventOf(row);
  return {
    ...event,
    lane: row.lane,
    ...given({
      laneStatus: row.lane_status,
      laneDueAt: row.lane_due_at,
      lastError: row.last_error,
      reason: row.reason,
    }),
    ...given({ triggerId: row.trigger_id, settledAt: row.settled_at }),
    state: row.state,
    version: row.version,
    notBefore: row.not_before,
    refs: refsOf(row.refs),
    explained: explain(row),
  };
}

const promiseOf = (row: Row<"outbox">): PromiseRow => ({
  id: row.id,
  kind: row.kind,
  stream: row.stream,
  dedupeKey: row.dedupe_key,
  ...given({
    anchorId: row.anchor_id,
    triggerId: row.trigger_id,
    lastError: row.last_error,
    settledAt: row.settled_at,
  }),
  attempts: row.attempts,
  createdAt: row.created_at,
  state: row.state,
  version: row.version,
});

const pageOf = <R extends { id: string }>(rows: R[], limit: number): Page<R> => {
  const last = rows.length === limit ? rows.at(-1) : undefined;
  return { rows, ...(last === undefined ? {} : { next: last.id }) };
};

const createPromiseReads = (db: Db) => ({
  listPromises: async (filter: {
    state?: PromiseState | undefined;
    stream?: string | undefined;
    anchorId?: string | undefined;
    /** Whatever is not done. */
    open?: boolean | undefined;
    limit: number;
    after?: string | undefined;
  }): Promise<Page<PromiseRow>> => {
    const limit = Math.min(filter.limit, MAX_ROWS);
    let query = db.selectFrom("outbox").selectAll();
    if (filter.state !== undefined) query = query.where("state", "=", filter.state);
    if (filter.open === true) query = query.where("state", "in", ["pending", "claimed", "failed", "held"]);
    if (filter.anchorId !== undefined) query = query.where("anchor_id", "=", filter.anchorId);
    if (filter.stream !== undefined) query = query.where("stream", "=", filter.stream);
    if (filter.after !== undefined) query = query.where("id", "<", filter.after);
    return pageOf((await query.orderBy("id", "desc").limit(limit).execute()).map(promiseOf), limit);
  },
  promisePayload: async ({ id }: { id: string }): Promise<Json | undefined> => {
    const row = await db.selectFrom("outbox").select("payload").where("id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : parseJson(row.payload);
  },
});

/** Reads about the queue and the outbox. */
export function createEventReads(db: Db) {
  const joined = () =>
    db
      .selectFrom("events")
      .leftJoin("lanes", (join) => join.onRef("lanes.lane", "=", "events.lane").on("lanes.queue", "=", "events"))
      .selectAll("events")
      .select(["lanes.status as lane_status", "lanes.due_at as lane_due_at"]);
  return {
    ...createPromiseReads(db),
    /** Events by what is known of them; ids are in order of arrival. */
    listEvents: async (filter: EventFilter): Promise<Page<EventRow>> => {
      const limit = Math.min(filter.limit, MAX_ROWS);
      let query = joined();
      if (filter.state !== undefined) query = query.where("events.state", "=", filter.state);
      if (filter.laneStatus !== undefined) query = query.where("lanes.status", "in", filter.laneStatus);
      if (filter.lane !== undefined) query = query.where("events.lane", "=", filter.lane);
      if (filter.source !== undefined) query = query.where("events.source", "=", filter.source);
      if (filter.anchorId !== undefined) query = query.where("events.anchor_id", "=", filter.anchorId);
      if (filter.reason !== undefined) query = query.where("events.reason", "=", filter.reason);
      if (filter.after !== undefined) query = query.where("events.id", "<", filter.after);
      const rows = await query.orderBy("events.id", "desc").limit(limit).execute();
      return pageOf(rows.map(rowOf), limit);
    },
    getEvent: async ({ eventId }: { eventId: string }): Promise<EventDetail | undefined> => {
      const row = await joined().where("events.id", "=", eventId).executeTakeFirst();
      if (row === undefined) return undefined;
      const attempts = await db
        .selectFrom("event_attempts")
        .selectAll()
        .where("event_id", "=", eventId)
        .orderBy("n")
        .limit(MAX_ROWS)
        .execute();
      const history = attempts.map((one) => ({
        n: one.n,
        at: one.at,
        tookMs: one.took_ms,
        result: one.result,
        ...given({ error: one.error }),
      }));
      return { ...rowOf(row), ...given({ payload: row.payload === null ? null : parseJson(row.payload) }), history };
    },
  };
}
