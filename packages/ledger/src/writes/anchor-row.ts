/** Finding and making conversations by their outside names. */
import { parseCorrelationKey } from "@thor/domain/correlation-key";

import { laneIdOf } from "../pure/lane-id.ts";
import type { Db } from "../schema.ts";
import type { WriteContext } from "../writer/context.ts";
import { loadLane, newLane, saveLane } from "./lane-row.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

async function insertAnchor(tx: Db, context: WriteContext, origin: { source: string; key: string }): Promise<string> {
  const id = context.newId();
  await insertRow(tx, "anchors", {
    row: {
      id,
      origin_source: origin.source,
      origin_key: origin.key,
      created_at: context.now,
      last_active_at: context.now,
    },
  });
  context.changed("anchors", id);
  return id;
}

type Found = { kind: "minted" | "exists"; anchorId: string };

async function anchorOfAlias(
  tx: Db,
  context: WriteContext,
  origin: { source: string; key: string; type: Parameters<typeof bindRow>[1]["type"]; value: string },
): Promise<Found> {
  const { type, value } = origin;
  const alias = await findRow(tx, "aliases", { type: type, value: value });
  if (alias !== undefined) {
    await touchAnchor(tx, alias.anchor_id, context.now);
    return { kind: "exists", anchorId: alias.anchor_id };
  }
  const anchorId = await insertAnchor(tx, context, origin);
  await bindRow(tx, { type, value, anchorId, source: origin.source, now: context.now });
  return { kind: "minted", anchorId };
}

async function anchorOfLane(tx: Db, context: WriteContext, origin: { source: string; key: string }): Promise<Found> {
  const laneId = laneIdOf(undefined, origin.key);
  const stored = await loadLane(tx, "events", laneId);
  if (stored !== undefined && stored.anchor_id !== null) return { kind: "exists", anchorId: stored.anchor_id };
  const anchorId = await insertAnchor(tx, context, origin);
  const before = stored ?? newLane("events", laneId, null);
  await saveLane(tx, context, { before, after: { ...before, anchor_id: anchorId } });
  return { kind: "minted", anchorId };
}

/** The conversation a key belongs to, made if there is none: bindable keys keep an alias, others their lane. */
export function findOrMint(tx: Db, context: WriteContext, origin: { source: string; key: string }): Promise<Found> {
  const parsed = parseCorrelationKey(origin.key);
  return parsed.kind === "bindable"
    ? anchorOfAlias(tx, context, { ...origin, type: parsed.type, value: parsed.value })
    : anchorOfLane(tx, context, origin);
}

/** Inserts an alias unless somebody was first; says whether it is new. */
export async function bindRow(
  tx: Db,
  alias: {
    type: "slack.thread" | "git.branch" | "github.issue" | "opencode.session" | "opencode.subsession";
    value: string;
    anchorId: string;
    source: string;
    now: number;
  },
): Promise<boolean> {
  const { type, value, anchorId, source, now } = alias;
  const row = { type, value, anchor_id: anchorId, source, created_at: now };
  return insertRow(tx, "aliases", { row, ignore: true });
}

/** Notes that a conversation is alive. */
export async function touchAnchor(tx: Db, anchorId: string, now: number): Promise<void> {
  await patchRow(tx, "anchors", { key: { id: anchorId }, set: { last_active_at: now } });
}
