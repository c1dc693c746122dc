/** What a restored backup holds back until a person says that it may go. */
import { sql } from "kysely";
import { z } from "zod";

import { count, name } from "../contract/field.ts";
import { ReleaseHeldInput, RetryPromiseInput } from "../contract/outbox.ts";
import { dueNow } from "../pure/lane-windows.ts";
import type { Db, Row } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { actOf, writeAudit } from "./append-audit.ts";
import { loadLane, newLane, saveLane } from "./lane-row.ts";
import { patchRow } from "./row.ts";

async function sendAgain(tx: Db, context: WriteContext, row: Row<"outbox">): Promise<void> {
  const set = {
    state: "pending" as const,
    not_before: context.now,
    maybe_sent: 1 as const,
    settled_at: null,
    version: row.version + 1,
  };
  await patchRow(tx, "outbox", { key: { id: row.id }, set });
  context.count(`outbox.${row.state}`, -1);
  context.count("outbox.pending", 1);
  const before = (await loadLane(tx, "outbox", row.stream)) ?? newLane("outbox", row.stream, row.anchor_id);
  const timing = before.holder === null ? { status: "waiting" as const, due_at: context.now } : {};
  await saveLane(tx, context, { before, after: { ...before, ...timing, pending: before.pending + 1 } });
}

/** Lets held promises go; each is looked up at the other side before it is said again. */
export const releaseHeld = defineWrite(ReleaseHeldInput, async (tx, { ids, by, reason }, context) => {
  const held = await tx.selectFrom("outbox").selectAll().where("state", "=", "held").orderBy("id").execute();
  const chosen = ids === undefined ? held : held.filter(({ id }) => ids.includes(id));
  for (const row of chosen) await sendAgain(tx, context, row);
  await writeAudit(tx, context, actOf({ event: "outbox.released", by, target: `${chosen.length} promises`, reason }));
  return { kind: "released" as const, count: chosen.length };
});

type Retried =
  | { kind: "queued" }
  | { kind: "changed"; version: number }
  | { kind: "not_failed"; state: string }
  | { kind: "unknown" };

/** Tries a failed or held promise again. */
export const retryPromise = defineWrite(
  RetryPromiseInput,
  async (tx, { id, version, by }, context): Promise<Retried> => {
    const row = await tx.selectFrom("outbox").selectAll().where("id", "=", id).executeTakeFirst();
    if (row === undefined) return { kind: "unknown" };
    if (row.version !== version) return { kind: "changed", version: row.version };
    if (row.state !== "failed" && row.state !== "held") return { kind: "not_failed", state: row.state };
    await sendAgain(tx, context, row);
    await writeAudit(tx, context, actOf({ event: "outbox.retried", by, target: id }));
    return { kind: "queued" };
  },
);

/** Makes everything that a restore set aside ready again. */
export const reviveRestored = defineWrite(
  z.strictObject({ by: name, limit: count }),
  async (tx, { by, limit }, context) => {
    const dead = tx
      .selectFrom("events")
      .select(["id", "lane", "anchor_id"])
      .where("state", "=", "dead")
      .where("reason", "=", "restored_backup");
    const events = await dead.orderBy("id").limit(limit).execute();
    for (const { id, lane, anchor_id: anchorId } of events) {
      await tx
        .updateTable("events")
        .set({ state: "ready", reason: null, attempts: 0, not_before: context.now, version: sql<number>`version + 1` })
        .where("id", "=", id)
        .execute();
      const before = (await loadLane(tx, "events", lane)) ?? newLane("events", lane, anchorId);
      const due = { ...dueNow(before, context.now, context.limits), status: "waiting" as const, due_at: context.now };
      await saveLane(tx, context, { before, after: { ...before, ...due, pending: before.pending + 1 } });
    }
    context.count("events.dead", -events.length);
    context.count("events.ready", events.length);
    await writeAudit(
      tx,
      context,
      actOf({ event: "event.replayed", by, target: `${events.length} events`, reason: "restored_backup" }),
    );
    return { kind: "revived" as const, count: events.length };
  },
);
