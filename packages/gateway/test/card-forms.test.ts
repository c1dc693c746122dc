/** Forms that cards open: words of one's own to a question, the reason of a no; signed like the buttons they come from. */
import { ACTION_FORMS, actionButtonMessage, formatActionButton, type ActionButton } from "@thor/domain/action-button";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256 } from "@thor/kit/derived-key";
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";
import { z } from "zod";

import { ledgerOf, SECRET, startWorld } from "./world.ts";

const USER = "U0ALICE001";

/** A card whose buttons are really in Slack. */
async function stage() {
  const world = await startWorld();
  const { channel, teamId: team, botUserId, apiUrl } = world.facts;
  const threadTs = await world.say(`<@${botUserId}> hello`);
  await world.prompts(1);
  const ledger = await ledgerOf(world);
  const bound = await ledger.anchorOf({ type: "slack.thread", value: `${channel}/${threadTs}` });
  if (bound.kind !== "known") throw new Error("the thread has no conversation");
  const { anchorId } = bound;
  const expires = Math.floor(Date.now() / 1000) + 60;
  const valueOf = (actionId: string, more: Partial<ActionButton> = {}, secret = SECRET) => {
    const button: ActionButton = { kind: "card", refId: "card1", arg: "0", expires, ...more };
    const message = actionButtonMessage(button, { actionId, team, channel, threadTs });
    const key = deriveKey(secret, THOR_KEY_SALT, "action-button");
    return formatActionButton(button, hmacSha256(key, message).toString("base64url"));
  };
  const elements = (["thor_other", "thor_reject"] as const).map((actionId) => ({
    type: "button",
    text: { type: "plain_text", text: actionId },
    action_id: actionId,
    value: valueOf(actionId),
  }));
  const posted = await fetch(`${apiUrl}/chat.postMessage`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${world.env["SLACK_BOT_TOKEN"]}` },
    body: JSON.stringify({ channel, thread_ts: threadTs, text: "card", blocks: [{ type: "actions", elements }] }),
  });
  const { ts } = z.object({ ts: z.string() }).parse(await posted.json());
  const card = { id: "card1", kind: "question" as const, refId: "q1", anchorId, channel, threadTs, payload: {} };
  await ledger.openCard({ ...card, expiresAt: Date.now() + 3_600_000 });
  await ledger.placeMessage({ table: "cards", id: card.id, channel, messageTs: ts });
  const act = (more: object) => world.sim("POST", "/_sim/act", { sim: "slack", as: USER, ...more });
  const Views = z.array(z.object({ callback_id: z.string() }));
  const rows = async () => (await ledger.listPromises({ stream: `control:${anchorId}`, limit: 10 })).rows;
  return {
    world,
    team,
    ledger,
    valueOf,
    rows,
    click: (actionId: string) => act({ do: "click", channel, ts, actionId }),
    submit: (words: string) => act({ do: "submit", values: { words } }),
    form: () =>
      eventually("the form", async () => Views.parse(await world.sim("GET", `/_sim/slack/views?as=${USER}`))[0]),
    payload: async (at: number) => ledger.promisePayload({ id: (await rows())[at]?.id ?? "" }),
    filled: (metadata: string, callbackId: string) =>
      world.press({
        type: "view_submission",
        team: { id: team },
        user: { id: USER },
        view: {
          id: "V1",
          callback_id: callbackId,
          private_metadata: metadata,
          state: { values: { words: { words: { value: "mine" } } } },
        },
      }),
  };
}

it("words of one's own count when the form is handed in, with what was chosen before; the press alone is nothing", async () => {
  const { click, form, submit, rows, payload } = await stage();
  await click("thor_other");
  expect((await form()).callback_id).toBe("thor_other_form");
  expect(await rows()).toEqual([]);
  await submit("neither, use green");
  await eventually("the answer", async () => (await rows()).length === 1 || undefined);
  expect(await payload(0)).toMatchObject({
    kind: "control.answer",
    cardId: "card1",
    choice: "0",
    text: "neither, use green",
    by: { kind: "slack", id: USER },
  });
});

it("a no waits for its reason and is taken back when the form opens; it counts by itself when that cannot open", async () => {
  const { world, click, form, submit, rows, payload } = await stage();
  await click("thor_reject");
  await form();
  await eventually("the press is taken back", async () => (await rows())[0]?.state === "done" || undefined);
  await submit("too dangerous");
  await eventually("the no", async () => (await rows()).length === 2 || undefined);
  expect(await payload(0)).toMatchObject({ kind: "control.answer", text: "too dangerous" });
  await world.fault([{ id: "f", match: { sim: "slack", method: "views.open" }, do: { status: 500 } }]);
  await click("thor_reject");
  await eventually("the no without words", async () => (await rows()).length === 3 || undefined);
  expect(await payload(0)).not.toHaveProperty("text");
});

it("a form that is forged, made of a button's value, or too old brings nothing", async () => {
  const { filled, valueOf, rows } = await stage();
  const { thor_other: form } = ACTION_FORMS;
  const tries = [
    valueOf(form, {}, "the secret of somebody else, of this length"),
    valueOf("thor_other"),
    valueOf(form, { expires: 1 }),
    valueOf(form).replace(":0:", ":1:"),
    valueOf(form, { refId: "card2" }),
    "not ours",
  ];
  for (const metadata of tries)
    expect((await filled(metadata, form)).body).toMatchObject({ ignored: true, reason: "signature" });
  expect((await filled(valueOf(form), ACTION_FORMS.thor_reject)).body).toMatchObject({ reason: "signature" });
  expect(await rows()).toEqual([]);
});
