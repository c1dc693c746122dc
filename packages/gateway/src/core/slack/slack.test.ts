import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { admissionOf, classify, needsEngagement } from "./admit.ts";
import { parseEnvelope } from "./envelope.ts";
import { screen } from "./screen.ts";
import { SlackMessage } from "./shapes.ts";

const me = { teamId: "T1", botUserId: "UBOT", botId: "BBOT", appId: "A1" };
const delivery = { id: "Ev1", teamIds: ["T1"], eventType: "message" };
const said = (more: object) =>
  SlackMessage.parse({ type: "message", user: "U1", text: "hello", ts: "170.000001", channel: "C1", ...more });
const envelope = (event: object) =>
  JSON.stringify({ type: "event_callback", event_id: "Ev1", team_id: "T1", event: { type: "message", ...event } });
const nobody = { isEngaged: false, isMuted: false };

describe("envelope", () => {
  it("answers a challenge, and names what it cannot read", () => {
    expect(parseEnvelope('{"type":"url_verification","challenge":"c"}')).toEqual({ kind: "challenge", challenge: "c" });
    expect(parseEnvelope("not json")).toEqual({ kind: "unreadable", reason: "json_parse_error" });
    expect(parseEnvelope('{"type":"x"}')).toEqual({ kind: "unreadable", reason: "schema_validation_failed" });
    expect(parseEnvelope(envelope({ type: "channel_rename" })).kind).toBe("other");
  });

  it("refuses ids that could be a path, and takes nullable file fields", () => {
    const place = { user: "U1", text: "x", ts: "170.000001" };
    expect(parseEnvelope(envelope({ ...place, channel: "../etc" }))).toMatchObject({
      reason: "schema_validation_failed",
    });
    expect(parseEnvelope(envelope({ ...place, channel: "C1", ts: "../1" }))).toMatchObject({
      reason: "schema_validation_failed",
    });
    const file = { id: null, name: null, size: null, url_private: null };
    expect(parseEnvelope(envelope({ ...place, channel: "C1", files: [file], unheard_of: 1 })).kind).toBe("message");
  });

  it("never throws, whatever arrives", () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(parseEnvelope(text).kind).toBeTypeOf("string");
      }),
    );
  });
});

describe("screening", () => {
  it.each([
    ["team_mismatch", {}, { ...delivery, teamIds: ["T2"] }],
    ["self", { user: "UBOT" }, delivery],
    ["self", { user: undefined, bot_id: "BBOT" }, delivery],
    ["bot_sender", { bot_id: "BOTHER" }, delivery],
    ["bot_sender", { subtype: "bot_message" }, delivery],
    ["event_unsupported", { subtype: "channel_join" }, delivery],
    ["empty_text", { text: "  " }, delivery],
    [undefined, { text: "", files: [{ id: "F1" }], subtype: "file_share" }, delivery],
    [undefined, {}, { ...delivery, teamIds: ["T2", "T1"] }],
  ])("says %s", (reason, more, from) => {
    expect(screen(from, said(more), me)).toBe(reason);
  });
});

describe("classification", () => {
  it("takes every spelling of a mention, and no mention of somebody else", () => {
    for (const text of ["<@UBOT> hi", "hi <@UBOT|thor>"])
      expect(classify(said({ text }), me, nobody).kind).toBe("mention");
    expect(classify(said({ type: "app_mention" }), me, nobody).kind).toBe("mention");
    expect(classify(said({ text: "<@UBOTTOM> hi" }), me, nobody)).toEqual({ kind: "ignored", reason: "not_engaged" });
  });

  it("continues a thread that Thor is in, unless it is muted; a direct message needs no mention", () => {
    const reply = said({ thread_ts: "169.000001" });
    expect(needsEngagement(reply, me)).toBe(true);
    expect(classify(reply, me, { isEngaged: true, isMuted: false })).toEqual({ kind: "continuation" });
    expect(classify(reply, me, { isEngaged: true, isMuted: true })).toEqual({ kind: "ignored", reason: "muted" });
    expect(classify(said({ channel: "D1", channel_type: "im" }), me, nobody)).toEqual({ kind: "direct" });
  });
});

describe("admission", () => {
  const admission = (
    as: "mention" | "continuation",
    gate: { kind: "open" } | { kind: "pending" } | { kind: "admitted" },
  ) => admissionOf({ delivery, message: said({ thread_ts: "169.000001" }), me, as, gate });

  it("names delivery, message and thread, and interrupts for a mention only", () => {
    const { deliveryKey, messageKey, event } = admission("mention", { kind: "open" });
    expect([deliveryKey, messageKey, event.correlationKey]).toEqual([
      "Ev1",
      "T1/C1/170.000001",
      "slack:thread:C1/169.000001",
    ]);
    expect([event.urgent, event.interrupt]).toEqual([true, true]);
    const plain = admission("continuation", { kind: "open" }).event;
    expect([plain.urgent, plain.interrupt]).toEqual([false, false]);
  });

  it("promises the receipt only when the channel is known to be open", () => {
    expect(admission("mention", { kind: "open" }).outbox).toHaveLength(1);
    expect(admission("mention", { kind: "pending" }).outbox).toBeUndefined();
    expect(admission("continuation", { kind: "open" }).outbox).toBeUndefined();
    expect(admission("mention", { kind: "admitted" }).refs).toMatchObject({ gated: true });
  });
});
