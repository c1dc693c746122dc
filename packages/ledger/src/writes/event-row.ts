/** Storing events, so that counters, versions and attempts follow every change of state. */
import type { NewEvent } from "../contract/admission.ts";
import type { EventState } from "../contract/queue.ts";
import { laneIdOf } from "../pure/lane-id.ts";
import { afterArrival } from "../pure/lane-windows.ts";
import type { Db, Row } from "../schema.ts";
import type { WriteContext } from "../writer/context.ts";
import { loadLane, newLane, saveLane } from "./lane-row.ts";
import { insertRow, patchRow } from "./row.ts";

export type EventRow = Row<"events">;

const bit = (flag: boolean | undefined) => (flag === true ? 1 : 0);

/** Puts an event into its lane, whose windows slide; answers the lane and when it is due. */
export async function insertEvent(
  tx: Db,
  context: WriteContext,
  entry: { id: string; event: NewEvent; refs: string; anchorId: string | undefined },
): Promise<{ lane: string; dueAt: number }> {
  const { id, event, refs, anchorId } = entry;
  const lane = event.lane ?? laneIdOf(anchorId, event.correlationKey);
  const stored = await loadLane(tx, "events", lane);
  const before = stored ?? newLane("events", lane, anchorId ?? null);
  await insertRow(tx, "events", {
    row: {
      id,
      source: event.source,
      kind: event.kind,
      correlation_key: event.correlationKey,
      lane,
      anchor_id: anchorId ?? before.anchor_id,
      human: bit(event.human),
      urgent: bit(event.urgent),
      interrupt: bit(event.interrupt),
      solo: bit(event.solo),
      external_author: bit(event.externalAuthor),
      gate: event.gate,
      actor_slack: event.actors.slack ?? null,
      actor_github: event.actors.github ?? null,
      actor_admin: event.actors.admin ?? null,
      source_at: event.sourceAt,
      received_at: context.now,
      not_before: context.now,
      state: "ready",
      payload: event.payload,
      payload_bytes: Buffer.byteLength(event.payload),
      refs,
    },
  });
  context.count("events.ready", 1);
  const arrival = { at: context.now, human: event.human, urgent: event.urgent, interrupt: event.interrupt };
  const timing = afterArrival(before, arrival, context.limits);
  await saveLane(tx, context, { before, after: { ...before, ...timing, pending: before.pending + 1 } });
  return { lane, dueAt: timing.due_at ?? before.held_until ?? context.now };
}

export type EventEnd = Exclude<EventState, "ready" | "claimed">;

/** Ends one event with its reason; scrubbing removes its words in the same transaction. */
export async function endEvent(
  tx: Db,
  context: WriteContext,
  end: { event: EventRow; state: EventEnd; reason: string; scrub?: boolean; error?: string | undefined },
): Promise<void> {
  const { event, state, reason, scrub = false, error } = end;
  await patchRow(tx, "events", {
    key: { id: event.id },
    set: {
      state,
      reason,
      fence: null,
      version: event.version + 1,
      settled_at: state === "dead" ? null : context.now,
      ...(error === undefined ? {} : { last_error: error }),
      ...(scrub ? { payload: null, payload_bytes: 0, actor_slack: null, actor_github: null, actor_admin: null } : {}),
    },
  });
  context.count(`events.${event.state}`, -1);
  context.count(`events.${state}`, 1);
}

/** Gives a claimed event back to its lane. */
export async function returnEvent(
  tx: Db,
  context: WriteContext,
  back: { event: EventRow; set?: Partial<Pick<EventRow, "attempts" | "last_error" | "not_before" | "solo" | "gate">> },
): Promise<void> {
  const { event, set = {} } = back;
  await patchRow(tx, "events", {
    key: { id: event.id },
    set: { state: "ready", fence: null, dispatch_id: null, version: event.version + 1, ...set },
  });
  if (event.state !== "ready") {
    context.count(`events.${event.state}`, -1);
    context.count("events.ready", 1);
  }
}

/** Remembers one try of one event. */
export async function recordAttempt(
  tx: Db,
  context: WriteContext,
  attempt: { event: EventRow; since: number | null; result: string; error?: string | undefined },
): Promise<void> {
  const { event, since, result, error } = attempt;
  const last = await tx
    .selectFrom("event_attempts")
    .select("n")
    .where("event_id", "=", event.id)
    .orderBy("n", "desc")
    .limit(1)
    .executeTakeFirst();
  await insertRow(tx, "event_attempts", {
    row: {
      event_id: event.id,
      n: (last?.n ?? 0) + 1,
      at: context.now,
      took_ms: Math.max(0, context.now - (since ?? context.now)),
      result,
      error: error ?? null,
    },
  });
}
