import type { Json } from "@thor/domain/json";

/** Promises: asked once, claimed one at a time per stream, settled by whoever said them. */
import {
  ClaimOutboxInput,
  NewPromise,
  type PromiseClaim,
  type PromiseItem,
  type PromiseState,
  SettleOutboxInput,
  WithdrawPromiseInput,
} from "../contract/outbox.ts";
import { parseJson } from "../reads/cell.ts";
import { given } from "../reads/cell.ts";
import type { Db, Row } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { dueLanes, nextDue } from "./claim-events.ts";
import { heldLane, type Lane, loadLane, saveLane, unheld } from "./lane-row.ts";
import { LIVE_PROMISE } from "./live.ts";
import { insertPromise } from "./promise-row.ts";
import { findRow, patchRow } from "./row.ts";

type Enqueued = { kind: "queued"; id: string } | { kind: "exists"; id: string; state: PromiseState; result?: Json };

/** Promises something; asking again with the same dedupe key tells how the first one stands. */
export const enqueueOutbox = defineWrite(NewPromise, async (tx, promise, context): Promise<Enqueued> => {
  const enqueued = await insertPromise(tx, context, promise);
  if (enqueued.kind === "queued") return enqueued;
  const { id, state, result } = enqueued.row;
  return { kind: "exists", id, state, ...(result === null ? {} : { result: parseJson(result) }) };
});

const itemOf = (row: Row<"outbox">, maybeSent: boolean): PromiseItem => ({
  id: row.id,
  kind: row.kind,
  stream: row.stream,
  dedupeKey: row.dedupe_key,
  payload: parseJson(row.payload),
  ...given({ anchorId: row.anchor_id, triggerId: row.trigger_id }),
  attempts: row.attempts,
  createdAt: row.created_at,
  maybeSent,
});

const firstOf = (tx: Db, stream: string) =>
  tx
    .selectFrom("outbox")
    .selectAll()
    .where("stream", "=", stream)
    .where(LIVE_PROMISE)
    .orderBy("id")
    .limit(1)
    .executeTakeFirst();

/** A stream that nobody holds: due when its first promise may be said. */
async function restStream(tx: Db, lane: Lane): Promise<Lane> {
  const first = lane.pending === 0 ? undefined : await firstOf(tx, lane.lane);
  const free = { ...lane, ...unheld };
  if (first === undefined) return { ...free, status: "idle", due_at: null };
  return { ...free, status: first.attempts > 0 ? "backoff" : "waiting", due_at: first.not_before };
}

async function claimStream(
  tx: Db,
  context: WriteContext,
  due: { before: Lane; holder: string; ttlMs: number },
): Promise<PromiseClaim | undefined> {
  const { before, holder, ttlMs } = due;
  const { now } = context;
  const row = await firstOf(tx, before.lane);
  if (row === undefined || row.not_before > now) {
    await saveLane(tx, context, { before, after: await restStream(tx, { ...before, fence: before.fence + 1 }) });
    return undefined;
  }
  const isLost = row.state === "claimed";
  const maybeSent = isLost || row.maybe_sent === 1;
  const fence = before.fence + 1;
  const attempts = row.attempts + (isLost ? 1 : 0);
  await patchRow(tx, "outbox", {
    key: { id: row.id },
    set: { state: "claimed", fence, attempts, maybe_sent: maybeSent ? 1 : 0, version: row.version + 1 },
  });
  if (!isLost) {
    context.count("outbox.pending", -1);
    context.count("outbox.claimed", 1);
  }
  const held = { holder, fence, held_at: now, held_until: now + ttlMs, due_at: now + ttlMs, in_hand: 1 };
  await saveLane(tx, context, { before, after: { ...before, ...held, status: "held" } });
  return { stream: before.lane, fence, item: itemOf({ ...row, attempts }, maybeSent) };
}

type Claimed = { kind: "claimed"; claims: PromiseClaim[]; nextDueAt?: number };

/** Takes the first promise of each due stream; the next one of that stream waits until this one is settled. */
export const claimOutbox = defineWrite(ClaimOutboxInput, async (tx, input, context): Promise<Claimed> => {
  const { holder, max, ttlMs, streams } = input;
  const mine = dueLanes(tx, "outbox", context.now).where((where) =>
    where.or(streams.map((kind) => where.and([where("lane", ">=", `${kind}:`), where("lane", "<", `${kind};`)]))),
  );
  const claims: PromiseClaim[] = [];
  for (const before of max === 0 ? [] : await mine.limit(max).execute()) {
    const claim = await claimStream(tx, context, { before, holder, ttlMs });
    if (claim !== undefined) claims.push(claim);
  }
  return { kind: "claimed", claims, ...(await nextDue(tx, "outbox")) };
});

type Result = typeof SettleOutboxInput._output.result;

function columnsAfter(
  result: Result,
  row: Row<"outbox">,
  now: number,
): Partial<Row<"outbox">> & { state: PromiseState } {
  switch (result.kind) {
    case "sent":
      return { state: "done", result: result.result ?? null, settled_at: now, maybe_sent: 0, last_error: null };
    case "failed":
      return { state: "failed", last_error: result.error, settled_at: now, attempts: row.attempts + 1 };
    case "retry":
    case "unknown":
      return {
        state: "pending",
        attempts: row.attempts + 1,
        not_before: result.notBefore,
        last_error: result.error,
        maybe_sent: result.kind === "unknown" ? 1 : 0,
      };
  }
}

/** Says how a claimed promise ended and frees its stream; an unknown end obliges the next sender to ask first. */
export const settleOutbox = defineWrite(
  SettleOutboxInput,
  async (tx, input, context): Promise<{ kind: "settled" } | { kind: "lost" }> => {
    const before = await heldLane(tx, "outbox", { lane: input.stream, fence: input.fence });
    const row = await findRow(tx, "outbox", { id: input.id });
    if (before === undefined || row === undefined || row.state !== "claimed" || row.fence !== input.fence)
      return { kind: "lost" };
    const set = columnsAfter(input.result, row, context.now);
    await patchRow(tx, "outbox", { key: { id: row.id }, set: { ...set, fence: null, version: row.version + 1 } });
    context.count("outbox.claimed", -1);
    context.count(`outbox.${set.state}`, 1);
    const pending = set.state === "pending" ? before.pending : before.pending - 1;
    await saveLane(tx, context, { before, after: await restStream(tx, { ...before, pending }) });
    return { kind: "settled" };
  },
);

/** Takes back a promise that nobody has in hand; the next one of its stream moves up. */
export const withdrawPromise = defineWrite(
  WithdrawPromiseInput,
  async (tx, { id }, context): Promise<{ kind: "withdrawn" } | { kind: "too_late" }> => {
    const row = await findRow(tx, "outbox", { id });
    const before = row === undefined ? undefined : await loadLane(tx, "outbox", row.stream);
    if (row?.state !== "pending" || before === undefined) return { kind: "too_late" };
    const result = JSON.stringify({ withdrawn: true });
    await patchRow(tx, "outbox", {
      key: { id },
      set: { state: "done", result, settled_at: context.now, version: row.version + 1 },
    });
    context.count("outbox.pending", -1);
    context.count("outbox.done", 1);
    const fewer = { ...before, pending: before.pending - 1 };
    await saveLane(tx, context, { before, after: before.holder === null ? await restStream(tx, fewer) : fewer });
    return { kind: "withdrawn" };
  },
);
