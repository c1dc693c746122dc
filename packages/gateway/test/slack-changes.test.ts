import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { ledgerOf, startWorld, type World } from "./world.ts";

const BASE = 1_700_000_000;
const LONG = { THOR_QUIET_WINDOW_MS: "60000", THOR_QUIET_CAP_MS: "120000" };
const mentionOf = (world: World, text: string) => `<@${world.facts.botUserId}> ${text}`;
const tsOf = (n: number) => `${BASE + n}.000001`;

/** Posts one event of the home channel and answers what the gateway said. */
const tell = async (world: World, event: object) => (await world.post(world.envelope(event))).body;

/** A thread that Thor takes part in, whose first run has been handed over. */
async function engaged(env: Record<string, string> = {}) {
  const world = await startWorld({ env });
  const root = tsOf(1);
  await tell(world, { type: "app_mention", text: mentionOf(world, "start"), ts: root });
  await world.prompts(1);
  const ledger = await ledgerOf(world);
  // The runner has heard it before the ledger knows that.
  await eventually("the hand-over is settled", async () => {
    const { rows } = await ledger.listEvents({ state: "done", limit: 1 });
    return rows.length === 1;
  });
  const { channel } = world.facts;
  const bound = await ledger.anchorOf({ type: "slack.thread", value: `${channel}/${root}` });
  if (bound.kind !== "known") throw new Error("the thread has no conversation");
  const reply = (n: number, text: string, more: object = {}) =>
    tell(world, { text, ts: tsOf(n), thread_ts: root, ...more });
  const edit = (n: number, { from, to, ...more }: { from: string; to: string; attachments?: object[] }) => {
    const before = { user: "U0ALICE001", text: from, ts: tsOf(n), thread_ts: root };
    const edited = { user: "U0ALICE001", ts: tsOf(n + 1000) };
    const message = { ...before, text: to, edited, ...more };
    return tell(world, { subtype: "message_changed", ts: tsOf(n + 1000), message, previous_message: before });
  };
  return { world, ledger, root, channel, anchorId: bound.anchorId, reply, edit };
}

describe("edits", () => {
  it("hands over the new words of a message that still waited, marked as edited", async () => {
    const { world, reply, edit } = await engaged({ THOR_QUIET_WINDOW_MS: "700" });
    await reply(2, "first words");
    expect(await edit(2, { from: "first words", to: "second words" })).toMatchObject({ ok: true });
    const [, prompt] = await world.prompts(2);
    expect(prompt).toContain("second words");
    expect(prompt).toContain('"edited": true');
    expect(prompt).not.toContain("first words");
  });

  it("starts a run for an edit that calls Thor after the hand-over, once, and for no other", async () => {
    const { world, root, edit } = await engaged();
    const start = mentionOf(world, "start");
    expect(await edit(1, { from: start, to: `${start} please` })).toMatchObject({ reason: "edit_after_dispatch" });
    expect(await edit(1, { from: start, to: start })).toMatchObject({ reason: "edit_no_change" });
    const unfurled = { from: start, to: start, attachments: [{ from_url: "https://x.test", title: "a link" }] };
    expect(await edit(1, unfurled)).toMatchObject({ reason: "edit_no_change" });
    expect(await edit(1, { from: "start", to: mentionOf(world, "now you") })).toMatchObject({ ok: true });
    const copy = await edit(1, { from: "start", to: mentionOf(world, "now you") });
    expect(copy).toMatchObject({ duplicate: true, reason: "mention_duplicate" });
    const [, prompt] = await world.prompts(2);
    expect(prompt).toContain("now you");
    expect(world.heard[1]?.correlationKey).toBe(`slack:thread:${world.facts.channel}/${root}`);
  });
});

describe("deletions", () => {
  it("takes back a message that still waited, words and all, and leaves later ones alone", async () => {
    const { world, ledger, reply } = await engaged(LONG);
    await reply(2, "a secret that slipped");
    const gone = await tell(world, { subtype: "message_deleted", ts: tsOf(3), deleted_ts: tsOf(2) });
    expect(gone).toMatchObject({ ignored: true, reason: "message_deleted" });
    const [event] = (await ledger.listEvents({ state: "cancelled", limit: 5 })).rows;
    expect((await ledger.getEvent({ eventId: event?.id ?? "" }))?.payload ?? null).toBeNull();
    const late = await tell(world, { subtype: "message_deleted", ts: tsOf(4), deleted_ts: tsOf(1) });
    expect(late).toMatchObject({ reason: "delete_after_dispatch" });
    expect(world.heard).toHaveLength(1);
  });
});

describe("stops", () => {
  const stopsOf = async ({ ledger, anchorId }: Awaited<ReturnType<typeof engaged>>) =>
    (await ledger.listPromises({ stream: `control:${anchorId}`, limit: 10 })).rows;

  it("takes the word stop as a wish, not as a prompt, whatever surrounds it", async () => {
    const stage = await engaged(LONG);
    const { world, reply } = stage;
    await reply(2, "wait for me");
    expect(await reply(3, mentionOf(world, "STOP!"))).toMatchObject({ ignored: true, reason: "stop_requested" });
    expect(await reply(4, "stop.")).toMatchObject({ reason: "stop_requested" });
    expect(await stopsOf(stage)).toMatchObject([{ kind: "control.stop", state: "pending" }]);
    expect(world.heard).toHaveLength(1);
  });

  it("hands over the word stop where nothing runs or waits", async () => {
    const { world, reply } = await engaged({ THOR_QUIET_WINDOW_MS: "50" });
    expect(await reply(2, "stop")).not.toMatchObject({ ignored: true });
    expect((await world.prompts(2))[1]).toContain('"stop"');
  });

  it("takes a person's stop sign on a known message as a wish, and no other reaction", async () => {
    const stage = await engaged(LONG);
    const { world, root, channel, reply } = stage;
    await reply(2, "wait for me");
    const react = (reaction: string, more: { user?: string; ts?: string } = {}) =>
      tell(world, {
        type: "reaction_added",
        user: more.user ?? "U0ALICE001",
        reaction,
        item: { type: "message", channel, ts: more.ts ?? root },
      });
    expect(await react("tada")).toMatchObject({ reason: "reaction_unmapped" });
    expect(await react("x", { ts: tsOf(77) })).toMatchObject({ reason: "reaction_unmapped" });
    expect(await react("x", { user: world.facts.botUserId })).toMatchObject({ reason: "self" });
    expect(await stopsOf(stage)).toEqual([]);
    expect(await react("x")).toMatchObject({ reason: "stop_requested" });
    expect(await react("octagonal_sign", { ts: tsOf(2) })).toMatchObject({ reason: "stop_requested" });
    expect(await stopsOf(stage)).toMatchObject([{ kind: "control.stop", state: "pending" }]);

    // Carried out; the run goes on all the same, resumed by somebody: the next sign is a wish of its own.
    const { ledger } = stage;
    const claimed = await ledger.claimOutbox({ holder: "runner:test", max: 5, ttlMs: 5000, streams: ["control"] });
    if (claimed.kind !== "claimed") throw new Error(claimed.kind);
    for (const { stream, fence, item } of claimed.claims)
      await ledger.settleOutbox({ stream, fence, id: item.id, result: { kind: "sent" } });
    expect(await react("x")).toMatchObject({ reason: "stop_requested" });
    expect(await stopsOf(stage)).toMatchObject([{ state: "pending" }, { state: "done" }]);
  });
});

describe("what the prompt holds", () => {
  it("shows a forwarded message, a file without text, an outsider's words as such, and the kinds of blocks", async () => {
    const { world, reply } = await engaged({ THOR_QUIET_WINDOW_MS: "400" });
    const forwarded = {
      is_msg_unfurl: true,
      author_name: "Bob",
      from_url: "https://acme.slack.test/archives/C9/p1",
      text: "what Bob said",
      fields: [{ title: "Severity", value: "high" }],
    };
    await reply(2, "", { attachments: [forwarded] });
    const file = { id: "F1", name: "log.txt", mimetype: "text/plain", filetype: "text", size: 12 };
    await reply(3, "", { subtype: "file_share", files: [{ ...file, url_private: "https://files.slack.test/F1" }] });
    const blocks = [
      { type: "rich_text", elements: [{ type: "rich_text_quote", elements: [{ type: "emoji", name: "wave" }] }] },
    ];
    await reply(4, "from afar", { user_team: "TOTHER", blocks });
    const [, prompt = ""] = await world.prompts(2);
    for (const part of [
      "Bob",
      "what Bob said",
      "archives/C9/p1",
      "Severity",
      "log.txt",
      "text/plain",
      "files.slack.test/F1",
    ])
      expect(prompt).toContain(part);
    expect(prompt).toContain('"external_author": true');
    expect(prompt).toMatch(/"block_tags": \[\s+"rich_text",\s+"quote",\s+"emoji:wave"/);
  });
});
