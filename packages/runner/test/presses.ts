/** A person at the buttons of a message: each value is proven as the gateway proves it, and stored as the gateway stores it. */
import { ACTION_BUTTON_KEY, actionButtonMessage, parseActionButton } from "@thor/domain/action-button";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256 } from "@thor/kit/derived-key";
import { eventually } from "@thor/kit/testing/eventually";
import { z } from "zod";

import { SECRET, type Conversation, type SeenMessage, type Stage } from "./stage.ts";

const Element = z.looseObject({
  type: z.string(),
  action_id: z.string().optional(),
  value: z.string().optional(),
  text: z.looseObject({ text: z.string() }).optional(),
});
const Blocks = z.array(
  z.looseObject({
    type: z.string(),
    text: z.looseObject({ text: z.string() }).optional(),
    elements: z.array(Element).optional(),
    accessory: Element.optional(),
  }),
);

export interface Seen {
  actionId: string;
  value: string;
  /** The button's own words and those beside it. */
  words: string;
}

/** The buttons of a message, in order. */
export function buttonsOf(message: SeenMessage | undefined): Seen[] {
  return Blocks.parse(message?.blocks ?? []).flatMap(({ text, elements = [], accessory }) =>
    [...elements, ...(accessory === undefined ? [] : [accessory])].map(
      ({ action_id: actionId = "", value = "", text: label }) => ({
        actionId,
        value,
        words: `${label?.text ?? ""}${accessory === undefined ? "" : ` ${text?.text ?? ""}`}`,
      }),
    ),
  );
}

const KINDS = new Map([
  ["thor_stop", "control.stop"],
  ["thor_continue", "control.continue"],
]);

let clicks = 0;

/** The run of an open card, once its message is known to be this one. */
const cardOf = (stage: Stage, id: string, ts: string) =>
  eventually("the card's message", async () => {
    const card = await stage.ledger.cardById({ id });
    return card?.messageTs === ts && card.state === "open" ? card.triggerId : undefined;
  });

/** Presses a button, and fills in `text` where that opens a form; throws when its value would not be believed. */
export async function press(
  stage: Stage,
  conversation: Conversation,
  seen: Seen & { ts: string; by?: string; text?: string },
): Promise<void> {
  const { actionId, value, ts, text, by: user = "U0ALICE001" } = seen;
  const read = parseActionButton(value);
  if (read === undefined) throw new Error(`no value of ours: ${value}`);
  const { channel, threadTs } = conversation;
  const { teamId: team } = stage.sims.facts.slack;
  const key = deriveKey(SECRET, THOR_KEY_SALT, ACTION_BUTTON_KEY);
  const message = actionButtonMessage(read.button, { actionId, team, channel, threadTs });
  if (hmacSha256(key, message).toString("base64url") !== read.signature) throw new Error("signed by somebody else");
  const { kind: what, refId, arg } = read.button;
  const run = await stage.run(what === "run" ? refId : await cardOf(stage, refId, ts));
  const kind = KINDS.get(actionId) ?? "control.answer";
  clicks += 1;
  const payload = {
    kind,
    by: { kind: "slack", id: user },
    via: "button",
    clickId: `click-${clicks}`,
    channel,
    threadTs,
    messageTs: ts,
    triggerId: run.id,
    ...(kind === "control.answer" ? { cardId: refId, choice: arg } : {}),
    ...(text === undefined ? {} : { text }),
  };
  const { anchorId } = run;
  const row = { kind, stream: `control:${anchorId}`, dedupeKey: `click:${clicks}`, payload };
  await stage.ledger.enqueueOutbox({ ...row, anchorId, triggerId: run.id });
}

/** A person's wish to stop, as the gateway stores it; `n` tells a second one from the first. */
export async function wishToStop(
  { ledger }: Stage,
  { channel, threadTs }: Conversation,
  { id, anchorId, n = 0 }: { id: string; anchorId: string; n?: number },
): Promise<void> {
  const by = { kind: "slack", id: "U0BOB00001" };
  const payload = { kind: "control.stop", by, via: "word", clickId: `${id}:${n}`, channel, threadTs, triggerId: id };
  const row = { kind: "control.stop", stream: `control:${anchorId}`, dedupeKey: `stop:${id}:${n}`, payload };
  await ledger.enqueueOutbox({ ...row, anchorId, triggerId: id });
}
