import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { actionButtonMessage, formatActionButton, parseActionButton } from "./action-button.ts";

const place = { actionId: "thor_stop", team: "T1", channel: "C1", threadTs: "1.000001" };
const SIGNATURE = "s".repeat(43);

describe("action button values", () => {
  it("reads back what was written, whatever the argument says", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 50, unit: "grapheme" }), (arg) => {
        fc.pre(arg.isWellFormed());
        const button = { kind: "card" as const, refId: "c1", arg, expires: 1_700_000_000 };
        expect(parseActionButton(formatActionButton(button, SIGNATURE))).toEqual({ button, signature: SIGNATURE });
      }),
    );
  });

  it("signs every part of value and place", () => {
    const button = { kind: "run" as const, refId: "t1", arg: "", expires: 1 };
    const texts = [
      actionButtonMessage(button, place),
      actionButtonMessage({ ...button, kind: "card" }, place),
      actionButtonMessage({ ...button, refId: "t2" }, place),
      actionButtonMessage({ ...button, arg: "x" }, place),
      actionButtonMessage({ ...button, expires: 2 }, place),
      ...(["actionId", "team", "channel", "threadTs"] as const).map((part) =>
        actionButtonMessage(button, { ...place, [part]: "other" }),
      ),
    ];
    expect(new Set(texts).size).toBe(texts.length);
  });

  it("knows nothing of foreign values", () => {
    for (const value of [
      "",
      "v4:a:b:c",
      "t1:run:a:b:1:short",
      `t1:run:../a::1:${SIGNATURE}`,
      `t1:run:a:%ff:1:${SIGNATURE}`,
    ])
      expect(parseActionButton(value)).toBeUndefined();
  });
});
