/** Interactive messages that are neither approvals nor the control message. */
import { ActOnCardInput, CloseCardsInput, OpenCardInput, PlaceMessageInput } from "../contract/approvals.ts";
import type { Db, Row } from "../schema.ts";
import { defineWrite, type WriteContext } from "../writer/context.ts";
import { insertPromises } from "./promise-row.ts";
import { findRow, insertRow, patchRow } from "./row.ts";

/** Opens a card; the promise to post it is part of the write. */
export const openCard = defineWrite(
  OpenCardInput,
  async (tx, input, context): Promise<{ kind: "opened" } | { kind: "exists" }> => {
    const row = {
      id: input.id,
      kind: input.kind,
      ref_id: input.refId,
      anchor_id: input.anchorId,
      trigger_id: input.triggerId ?? null,
      channel: input.channel,
      thread_ts: input.threadTs,
      state: "open" as const,
      payload: input.payload,
      created_at: context.now,
      expires_at: input.expiresAt,
    };
    if (!(await insertRow(tx, "cards", { row, ignore: true }))) return { kind: "exists" };
    context.count("cards.open", 1);
    context.changed("cards", input.id);
    await insertPromises(tx, context, input.outbox);
    return { kind: "opened" };
  },
);

async function endCard(
  tx: Db,
  context: WriteContext,
  end: { card: Row<"cards">; set: Partial<Row<"cards">> & { state: Row<"cards">["state"] } },
): Promise<void> {
  const { card, set } = end;
  await patchRow(tx, "cards", {
    key: { id: card.id },
    set: { ...set, acted_at: context.now, version: card.version + 1 },
  });
  context.count("cards.open", -1);
  context.count(`cards.${set.state}`, 1);
  context.changed("cards", card.id);
}

type Acted =
  | { kind: "acted" }
  | { kind: "already"; state: string }
  | { kind: "changed"; version: number }
  | { kind: "unknown" };

/** Answers or ends one card; the first one to do so wins. */
export const actOnCard = defineWrite(ActOnCardInput, async (tx, input, context): Promise<Acted> => {
  const card = await findRow(tx, "cards", { id: input.id });
  if (card === undefined) return { kind: "unknown" };
  if (card.state !== "open") return { kind: "already", state: card.state };
  if (card.version !== input.version) return { kind: "changed", version: card.version };
  await endCard(tx, context, { card, set: { state: input.state, result: input.result ?? null, acted_by: input.by } });
  await insertPromises(tx, context, input.outbox);
  return { kind: "acted" };
});

/** Ends the open cards of a conversation, or of one of its runs. */
export const closeCards = defineWrite(CloseCardsInput, async (tx, input, context) => {
  const open = tx.selectFrom("cards").selectAll().where("anchor_id", "=", input.anchorId).where("state", "=", "open");
  const { triggerId } = input;
  const cards = await (triggerId === undefined ? open : open.where("trigger_id", "=", triggerId)).execute();
  for (const card of cards) await endCard(tx, context, { card, set: { state: input.state, acted_by: input.by } });
  return { kind: "closed" as const, ids: cards.map(({ id }) => id) };
});

/** Remembers which message shows an approval or a card. */
export const placeMessage = defineWrite(
  PlaceMessageInput,
  async (tx, input, context): Promise<{ kind: "placed" } | { kind: "unknown" }> => {
    const { table, id, channel, messageTs } = input;
    const row = await findRow(tx, table, { id });
    if (row === undefined) return { kind: "unknown" };
    await patchRow(tx, table, { key: { id }, set: { channel, message_ts: messageTs, version: row.version + 1 } });
    context.changed(table, id);
    return { kind: "placed" };
  },
);
