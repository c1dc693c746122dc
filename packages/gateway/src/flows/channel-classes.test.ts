import { createTestClock } from "@thor/kit/testing/clock";
import { describe, expect, it } from "vitest";

import type { ChannelFact } from "../core/plan/plan.ts";
import { createChannelClasses } from "./channel-classes.ts";

const OPEN: ChannelFact = { kind: "class", class: "open" };
const GATED: ChannelFact = { kind: "class", class: "gated" };
const DOWN: ChannelFact = { kind: "failed", error: "unreachable" };
const MINUTE = 60_000;

/** Channel classes over a Slack that answers `answers` in turn. */
function over(...answers: (ChannelFact | Promise<ChannelFact>)[]) {
  const clock = createTestClock();
  let asked = 0;
  const lookUp = async () => {
    asked += 1;
    return (await answers.shift()) ?? DOWN;
  };
  return { ...createChannelClasses({ clock, lookUp }), clock, asked: () => asked };
}

describe("what is known of a channel", () => {
  it("is asked again after a look-up that failed", async () => {
    const { learn, asked } = over(DOWN, OPEN);
    expect(await learn("C1")).toEqual(DOWN);
    expect(await learn("C1")).toEqual(OPEN);
    expect(await learn("C1")).toEqual(OPEN);
    expect(asked()).toBe(2);
  });

  it("is not used after an hour", async () => {
    const { learn, known, clock } = over(OPEN, GATED);
    await learn("C1");
    clock.advance(59 * MINUTE);
    expect(known("C1")).toBe("open");
    clock.advance(2 * MINUTE);
    expect(await learn("C1")).toEqual(GATED);
  });

  it("is not taken from a question that was asked before the channel changed", async () => {
    const before = Promise.withResolvers<ChannelFact>();
    const { learn, known, forget } = over(before.promise, GATED);
    const early = learn("C1");
    forget("C1");
    expect(await learn("C1")).toEqual(GATED);
    before.resolve(OPEN);
    expect(await early).toEqual(OPEN);
    expect(known("C1")).toBe("gated");
  });

  it("waits as long as Slack said, whichever channel was limited, and a later failure shortens nothing", async () => {
    const { learn, clock, asked } = over({ kind: "failed", error: "rate limited", retryAfterMs: 5000 }, OPEN);
    await learn("C1");
    clock.advance(2000);
    expect(await learn("C2")).toEqual({ kind: "failed", error: "rate limited", retryAfterMs: 3000 });
    expect(asked()).toBe(1);
    clock.advance(3000);
    expect(await learn("C2")).toEqual(OPEN);
  });
});
