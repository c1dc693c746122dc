/** Putting promises into their streams. */
import type { StoredPromise } from "../contract/outbox.ts";
import type { Db, Row } from "../schema.ts";
import type { WriteContext } from "../writer/context.ts";
import { loadLane, newLane, saveLane } from "./lane-row.ts";
import { findRow, insertRow } from "./row.ts";

type Enqueued = { kind: "queued"; id: string } | { kind: "exists"; row: Row<"outbox"> };

/** Adds a promise to the end of its stream, once per dedupe key. */
export async function insertPromise(tx: Db, context: WriteContext, promise: StoredPromise): Promise<Enqueued> {
  const existing = await findRow(tx, "outbox", { dedupe_key: promise.dedupeKey });
  if (existing !== undefined) return { kind: "exists", row: existing };
  const id = context.newId();
  const notBefore = Math.max(context.now, promise.notBefore ?? 0);
  await insertRow(tx, "outbox", {
    row: {
      id,
      kind: promise.kind,
      stream: promise.stream,
      dedupe_key: promise.dedupeKey,
      payload: promise.payload,
      anchor_id: promise.anchorId ?? null,
      trigger_id: promise.triggerId ?? null,
      state: "pending",
      not_before: notBefore,
      created_at: context.now,
    },
  });
  context.count("outbox.pending", 1);
  const before =
    (await loadLane(tx, "outbox", promise.stream)) ?? newLane("outbox", promise.stream, promise.anchorId ?? null);
  const isFirst = before.pending === 0 && before.holder === null;
  const timing = isFirst ? { status: "waiting" as const, due_at: notBefore } : {};
  await saveLane(tx, context, { before, after: { ...before, ...timing, pending: before.pending + 1 } });
  return { kind: "queued", id };
}

/** Adds all promises of a write, in their order. */
export async function insertPromises(
  tx: Db,
  context: WriteContext,
  promises: readonly StoredPromise[] | undefined,
): Promise<void> {
  for (const promise of promises ?? []) await insertPromise(tx, context, promise);
}
