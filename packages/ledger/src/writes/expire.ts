/** What ends by itself: requests nobody answered, runs whose runner is gone. */
import { z } from "zod";

import { NoteSweptInput } from "../contract/sweeping.ts";
import type { Db } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { cardUpdate, moveApproval, outcomeOf, tell } from "./approval-row.ts";
import { OPEN_RUN } from "./live.ts";
import { patchRow } from "./row.ts";
import { finishRun, liveRunLease } from "./run-row.ts";

const BATCH = 100;
const RUNNER_SILENT_MS = 30 * 60_000;
const system = (event: string, target: string) => ({
  service: "ledger",
  event,
  actorKind: "system" as const,
  actor: "sweeper",
  target,
  decision: "done",
});

async function expireApprovals(tx: Db, context: WriteContext): Promise<number> {
  const due = tx
    .selectFrom("approvals")
    .selectAll()
    .where("state", "=", "pending")
    .where("expires_at", "<=", context.now);
  const rows = await due.orderBy("expires_at").limit(BATCH).execute();
  for (const from of rows) {
    const set = { state: "expired" as const, decided_at: context.now, finished_at: context.now };
    if (!(await moveApproval(tx, context, { from, set }))) continue;
    const audit = { ...system("approval.expired", from.id), anchorId: from.anchor_id };
    const event = outcomeOf(from, { state: "expired", reviewer: "expiry" });
    await tell(tx, context, {
      told: { audit, outbox: [cardUpdate(from, "expired")], event },
      anchorId: from.anchor_id,
    });
  }
  return rows.length;
}

async function expireCards(tx: Db, context: WriteContext): Promise<number> {
  const due = tx
    .selectFrom("cards")
    .select(["id", "version"])
    .where("state", "=", "open")
    .where("expires_at", "<=", context.now);
  const rows = await due.limit(BATCH).execute();
  for (const { id, version } of rows) {
    const set = { state: "expired" as const, acted_at: context.now, acted_by: "expiry", version: version + 1 };
    await patchRow(tx, "cards", { key: { id: id }, set: set });
    context.count("cards.open", -1);
    context.count("cards.expired", 1);
    context.changed("cards", id);
  }
  return rows.length;
}

/** Ends what passed its time: pending requests and open cards. */
export const expireDue = defineWrite(z.strictObject({}), async (tx, _input, context) => ({
  kind: "expired" as const,
  approvals: await expireApprovals(tx, context),
  cards: await expireCards(tx, context),
}));

/** Ends open runs that nobody holds, once no runner has been heard of for half an hour. */
export const endLostRuns = defineWrite(z.strictObject({}), async (tx, _input, context) => {
  const seen = await tx
    .selectFrom("service_status")
    .select(({ fn }) => fn.max("seen_at").as("at"))
    .where("service", "=", "runner")
    .executeTakeFirst();
  const heardAt = seen?.at ?? 0;
  let ended = 0;
  if (context.now - heardAt <= RUNNER_SILENT_MS) return { kind: "ended" as const, ended };
  for (const run of await tx.selectFrom("triggers").selectAll().where(OPEN_RUN).limit(BATCH).execute()) {
    const isYoung = context.now - run.started_at <= RUNNER_SILENT_MS;
    if (isYoung || (await liveRunLease(tx, run.anchor_id, context.now)) !== undefined) continue;
    await finishRun(tx, context, { run, status: "crashed", reason: "runner_gone" });
    ended += 1;
  }
  return { kind: "ended" as const, ended };
});

/** Remembers when the last sweep was. */
export const noteSwept = defineWrite(NoteSweptInput, async (tx, _input, { now }) => {
  const value = String(now);
  await tx
    .insertInto("meta")
    .values({ key: "last_sweep", value })
    .onConflict((conflict) => conflict.column("key").doUpdateSet({ value }))
    .execute();
  return { kind: "noted" as const };
});
