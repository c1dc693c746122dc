import { actionButtonMessage, formatActionButton, type ActionButton } from "@thor/domain/action-button";
import { THOR_KEY_SALT } from "@thor/domain/key-salt";
import { deriveKey, hmacSha256 } from "@thor/kit/derived-key";
import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { ledgerOf, SECRET, startWorld } from "./world.ts";

const USER = "U0ALICE001";

/** A card in a thread of the simulated workspace, with a way to press its button. */
async function cardStage() {
  const world = await startWorld();
  const { channel, teamId, botUserId } = world.facts;
  const threadTs = await world.say(`<@${botUserId}> hello`);
  await world.prompts(1);
  const ledger = await ledgerOf(world);
  const bound = await ledger.anchorOf({ type: "slack.thread", value: `${channel}/${threadTs}` });
  if (bound.kind !== "known") throw new Error("the thread has no conversation");
  const { anchorId } = bound;
  const messageTs = await world.say("stands for the card");
  const card = { id: "card1", kind: "question" as const, refId: "q1", anchorId, channel, threadTs, payload: {} };
  await ledger.openCard({ ...card, expiresAt: Date.now() + 3_600_000 });
  await ledger.placeMessage({ table: "cards", id: card.id, channel, messageTs });
  const valid: ActionButton = { kind: "card", refId: card.id, arg: "yes", expires: Math.floor(Date.now() / 1000) + 60 };
  const signed = (button: ActionButton, actionId = "thor_question") => {
    const message = actionButtonMessage(button, { actionId, team: teamId, channel, threadTs });
    const key = deriveKey(SECRET, THOR_KEY_SALT, "action-button");
    return formatActionButton(button, hmacSha256(key, message).toString("base64url"));
  };
  const press = (value: string, more: { actionId?: string; ts?: string; team?: string; actionTs?: string } = {}) =>
    world.press({
      type: "block_actions",
      team: { id: more.team ?? teamId },
      user: { id: USER },
      channel: { id: channel },
      message: { ts: more.ts ?? messageTs, thread_ts: threadTs },
      actions: [
        { action_id: more.actionId ?? "thor_question", value, action_ts: more.actionTs ?? "1700000100.000001" },
      ],
    });
  const rows = async () => (await ledger.listPromises({ stream: `control:${anchorId}`, limit: 10 })).rows;
  return { world, ledger, anchorId, card, valid, signed, press, rows, threadTs };
}

describe("presses of Thor's own buttons", () => {
  it("are recorded before they are acknowledged, once however often they arrive", async () => {
    const { world, valid, signed, press, rows, ledger } = await cardStage();
    const value = signed(valid);
    for (const answer of await Promise.all([press(value), press(value), press(value)]))
      expect(answer).toEqual({ status: 200, body: { ok: true } });
    await world.restart();
    expect((await press(value)).body).toEqual({ ok: true });
    const [row, ...more] = await rows();
    expect(more).toEqual([]);
    const payload = await ledger.promisePayload({ id: row?.id ?? "" });
    expect(payload).toMatchObject({
      kind: "control.answer",
      cardId: "card1",
      choice: "yes",
      by: { kind: "slack", id: USER },
    });
  });

  it("have no effect when forged, moved, expired or copied; the person is told and the audit knows", async () => {
    const { world, valid, signed, press, rows, ledger, threadTs } = await cardStage();
    const value = signed(valid);
    const turned = value.replace("yes", "yet");
    const old = signed({ ...valid, expires: 1 });
    const answers = [
      await press(turned, { actionTs: "1700000101.000001" }),
      await press(value, { actionTs: "1700000102.000001", actionId: "thor_permission" }),
      await press(old, { actionTs: "1700000103.000001" }),
      await press(value, { actionTs: "1700000104.000001", ts: threadTs }),
      await press("not ours at all", { actionTs: "1700000105.000001" }),
      await press("v4:", { actionTs: "1700000106.000001", actionId: "approval_approve" }),
    ];
    expect(answers.map(({ body }) => body["reason"])).toEqual([
      "signature",
      "signature",
      "expired",
      "other_message",
      "signature",
      "signature",
    ]);
    expect(await rows()).toEqual([]);
    const audit = (await ledger.auditPage({ event: "click_refused", limit: 10 })).rows;
    expect(audit).toHaveLength(6);
    const told = async () => {
      const { rows: said } = await ledger.listPromises({ state: "done", limit: 50 });
      return said.filter(({ kind }) => kind === "slack.ephemeral").length === 6 || undefined;
    };
    await eventually("six explanations", told);
    expect(world.heard).toHaveLength(1);
  });

  it("do nothing once the card is settled", async () => {
    const { valid, signed, press, rows, ledger, card } = await cardStage();
    const { version = 0 } = (await ledger.cardById({ id: card.id })) ?? {};
    await ledger.actOnCard({ id: card.id, version, state: "answered", by: USER });
    expect((await press(signed(valid))).body).toMatchObject({ ignored: true, reason: "closed" });
    expect(await rows()).toEqual([]);
  });
});

describe("the interactivity door", () => {
  it("ignores other teams, links and views, and refuses what cannot be read", async () => {
    const { world, press, valid, signed } = await cardStage();
    expect((await press(signed(valid), { team: "TOTHER" })).body).toMatchObject({ reason: "team_mismatch" });
    expect((await press("", { actionId: "thor_view" })).body).toMatchObject({ ignored: true });
    const view = { type: "view_closed", team: { id: world.facts.teamId } };
    expect((await world.press(view)).body).toMatchObject({ ignored: true, interactionType: "view_closed" });
    for (const bad of ["not json", "[1]", "{}"]) expect((await world.press(bad)).status).toBe(400);
    const unsigned = await fetch(`${world.url}/slack/interactivity`, { method: "POST", body: "payload={}" });
    expect(unsigned.status).toBe(401);
  });
});
