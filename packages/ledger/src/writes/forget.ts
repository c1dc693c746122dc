/** Removing what a conversation says, and keeping that it was. */
import { sql } from "kysely";

import { ForgetInput } from "../contract/status.ts";
import { defineWrite } from "../writer/context.ts";
import { actOf, writeAudit } from "./append-audit.ts";
import { endEvent } from "./event-row.ts";
import { withoutPending } from "./lane-rest.ts";
import { loadLane, saveLane } from "./lane-row.ts";
import { LIVE_EVENT } from "./live.ts";
import { insertPromise } from "./promise-row.ts";
import { findRow } from "./row.ts";

type Forgotten = { kind: "forgotten" } | { kind: "on_hold" } | { kind: "open_run" } | { kind: "unknown" };

/** Nulls payloads, prompts, parts, titles and terms of one conversation; ids and evidence stay. */
export const forgetAnchor = defineWrite(ForgetInput, async (tx, { anchorId, by }, context): Promise<Forgotten> => {
  if ((await findRow(tx, "anchors", { id: anchorId })) === undefined) return { kind: "unknown" };
  if ((await findRow(tx, "settings", { key: `hold:${anchorId}` })) !== undefined) return { kind: "on_hold" };
  const waiting = await tx
    .selectFrom("events")
    .selectAll()
    .where("anchor_id", "=", anchorId)
    .where(LIVE_EVENT)
    .execute();
  for (const event of waiting) {
    if (event.state === "claimed") return { kind: "open_run" };
    await endEvent(tx, context, { event, state: "cancelled", reason: "forgotten", scrub: true });
    const before = await loadLane(tx, "events", event.lane);
    if (before !== undefined) await saveLane(tx, context, { before, after: withoutPending(before, 1) });
  }
  const version = sql<number>`version + 1`;
  await tx
    .updateTable("events")
    .set({ payload: null, payload_bytes: 0, version })
    .where("anchor_id", "=", anchorId)
    .execute();
  await tx
    .updateTable("triggers")
    .set({ prompt: null, error: null, version })
    .where("anchor_id", "=", anchorId)
    .execute();
  await tx
    .updateTable("session_parts")
    .set({ state: "null", bytes: 0, truncated: 1 })
    .where("anchor_id", "=", anchorId)
    .execute();
  await tx
    .updateTable("cards")
    .set({ payload: null, result: null, version })
    .where("anchor_id", "=", anchorId)
    .execute();
  const said = tx
    .updateTable("outbox")
    .set({ payload: "null", result: null, version })
    .where("anchor_id", "=", anchorId);
  await said.where("state", "in", ["done", "failed"]).execute();
  const asked = { args: "null", authored_args: "null", injected: "null", presentation: "null", result: null, version };
  const decided = tx.updateTable("approvals").set(asked).where("anchor_id", "=", anchorId);
  await decided.where("state", "not in", ["pending", "executing"]).execute();
  await tx.updateTable("anchors").set({ title: null, version }).where("id", "=", anchorId).execute();
  await tx.deleteFrom("anchor_terms").where("anchor_id", "=", anchorId).execute();
  await writeAudit(tx, context, actOf({ event: "control.forget", by, target: anchorId, anchorId }));
  // The agent's runtime has its own copy; whoever drives it takes that away.
  const payload = JSON.stringify({ kind: "control.forget", by });
  const row = { kind: "control.forget", stream: `control:${anchorId}`, payload, anchorId };
  await insertPromise(tx, context, { ...row, dedupeKey: `forget:${anchorId}:${context.now}` });
  context.changed("anchors", anchorId);
  return { kind: "forgotten" };
});
