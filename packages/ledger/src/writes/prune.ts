/** Forgetting by age, a bounded number of rows per transaction. A conversation under legal hold is left alone. */
import { sql } from "kysely";

import { PruneInput, type SweepRule } from "../contract/sweeping.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { deleteRow } from "./row.ts";

interface Pruning {
  before: number;
  limit: number;
}
type Prune = (tx: Db, context: WriteContext, pruning: Pruning) => Promise<number>;

const FREE = sql<boolean>`(anchor_id is null or not exists (select 1 from settings where settings.key = 'hold:' || anchor_id))`;

/** Deletes rows by key, one by one: prepared once, and no list of parameters grows with the data. */
async function eachOf<Row>(rows: readonly Row[], remove: (row: Row) => Promise<unknown>): Promise<number> {
  for (const row of rows) await remove(row);
  return rows.length;
}

const deliveries: Prune = async (tx, { now }, { before, limit }) => {
  const old = tx
    .selectFrom("deliveries")
    .select(["provider", "kind", "key"])
    .where("at", "<", before)
    .where("expires_at", "<", now);
  return eachOf(await old.limit(limit).execute(), ({ provider, kind, key }) =>
    deleteRow(tx, "deliveries", { provider: provider, kind: kind, key: key }),
  );
};

const payloads: Prune = async (tx, _context, { before, limit }) => {
  const old = tx
    .selectFrom("events")
    .select("id")
    .where("settled_at", "<", before)
    .where(sql<boolean>`payload is not null`)
    .where(FREE);
  return eachOf(await old.limit(limit).execute(), ({ id }) =>
    tx
      .updateTable("events")
      .set({ payload: null, payload_bytes: 0, version: sql<number>`version + 1` })
      .where("id", "=", id)
      .execute(),
  );
};

const events: Prune = async (tx, context, { before, limit }) => {
  const old = tx.selectFrom("events").select(["id", "state"]).where("settled_at", "<", before).where(FREE);
  return eachOf(await old.limit(limit).execute(), async ({ id, state }) => {
    await deleteRow(tx, "event_attempts", { event_id: id });
    await deleteRow(tx, "events", { id: id });
    context.count(`events.${state}`, -1);
  });
};

const outbox: Prune = async (tx, context, { before, limit }) => {
  const old = tx.selectFrom("outbox").select(["id", "state"]).where("settled_at", "<", before).where(FREE);
  return eachOf(await old.limit(limit).execute(), async ({ id, state }) => {
    await deleteRow(tx, "outbox", { id: id });
    context.count(`outbox.${state}`, -1);
  });
};

const changes: Prune = async (tx, _context, { before, limit }) => {
  const old = await tx
    .selectFrom("changes")
    .select("seq")
    .where("at", "<", before)
    .orderBy("at")
    .limit(limit)
    .execute();
  return eachOf(old, ({ seq }) => deleteRow(tx, "changes", { seq: seq }));
};

const parts: Prune = async (tx, _context, { before, limit }) => {
  const old = tx
    .selectFrom("session_parts")
    .select(["session_id", "part_id"])
    .where("updated_at", "<", before)
    .where(FREE);
  return eachOf(await old.limit(limit).execute(), (part) =>
    deleteRow(tx, "session_parts", { session_id: part.session_id, part_id: part.part_id }),
  );
};

const oldRuns = (tx: Db, before: number) =>
  tx
    .selectFrom("triggers")
    .select(["id", "status"])
    .where("started_at", "<", before)
    .where("ended_at", "<", before)
    .where(FREE);

const prompts: Prune = async (tx, _context, { before, limit }) =>
  eachOf(await oldRuns(tx, before).where("prompt", "is not", null).limit(limit).execute(), ({ id }) =>
    tx.updateTable("triggers").set({ prompt: null }).where("id", "=", id).execute(),
  );

const runs: Prune = async (tx, context, { before, limit }) =>
  eachOf(await oldRuns(tx, before).limit(limit).execute(), async ({ id, status }) => {
    await deleteRow(tx, "progress_messages", { trigger_id: id });
    await deleteRow(tx, "triggers", { id: id });
    context.count(`runs.${status}`, -1);
  });

const approvals: Prune = async (tx, context, { before, limit }) => {
  const old = tx.selectFrom("approvals").select(["id", "state"]).where("finished_at", "<", before).where(FREE);
  return eachOf(await old.limit(limit).execute(), async ({ id, state }) => {
    await deleteRow(tx, "approval_votes", { approval_id: id });
    await deleteRow(tx, "approvals", { id: id });
    context.count(`approvals.${state}`, -1);
  });
};

const cards: Prune = async (tx, context, { before, limit }) => {
  const old = tx.selectFrom("cards").select(["id", "state"]).where("acted_at", "<", before).where(FREE);
  return eachOf(await old.limit(limit).execute(), async ({ id, state }) => {
    await deleteRow(tx, "cards", { id: id });
    context.count(`cards.${state}`, -1);
  });
};

const usage: Prune = async (tx, _context, { before, limit }) => {
  const hours = await tx
    .selectFrom("usage_hourly")
    .select("hour")
    .distinct()
    .where("hour", "<", before)
    .limit(Math.min(limit, 24))
    .execute();
  return eachOf(hours, ({ hour }) => deleteRow(tx, "usage_hourly", { hour: hour }));
};

const schedules: Prune = async (tx, _context, { before, limit }) => {
  const old = tx.selectFrom("schedule_runs").select(["line_hash", "due_at"]).where("due_at", "<", before);
  return eachOf(await old.where("state", "!=", "waiting").limit(limit).execute(), ({ line_hash, due_at }) =>
    deleteRow(tx, "schedule_runs", { line_hash, due_at }),
  );
};

const RULES: Readonly<Record<SweepRule, Prune>> = {
  deliveries,
  payloads,
  events,
  outbox,
  changes,
  parts,
  prompts,
  runs,
  approvals,
  cards,
  usage,
  schedules,
};

/** Removes what one rule no longer keeps, at most so many rows. */
export const prune = defineWrite(PruneInput, async (tx, { rule, before, limit }, context) => ({
  kind: "pruned" as const,
  removed: await RULES[rule](tx, context, { before, limit }),
}));
