import type { ApprovalAnswer } from "@thor/domain/approval";
import { clickStream, type ApprovalClick } from "@thor/domain/outbox";
import type { NewPromise } from "@thor/domain/queue";
import type { JsonAnswer } from "@thor/kit/pure/json-answer";
import { createTestClock } from "@thor/kit/testing/clock";
import { createKeptLog } from "@thor/kit/testing/kept-log";
import { expect, it } from "vitest";

import { createSendDecision } from "./send-decision.ts";

const MINUTE = 60_000;
const PLACE = { channel: "C1", threadTs: "1.000001" };
const click = { via: "slack", id: "click7", team: "T1", channel: "C1", messageTs: "2.000001", sig: "s" } as const;
const payload: ApprovalClick = {
  kind: "approval.click",
  decision: { args: ["resolve", "approval7", "approved", "U0ALICE001"], click },
  ...PLACE,
};

/** A decision made now, on its way to a remote-cli that answers as told. */
function stage(answer: JsonAnswer<ApprovalAnswer>) {
  const clock = createTestClock();
  const { lines, log } = createKeptLog();
  const said: NewPromise[] = [];
  const enqueueOutbox = (promise: NewPromise) => {
    said.push(promise);
    return Promise.resolve({ kind: "queued" as const, id: String(said.length) });
  };
  const send = createSendDecision({ clock, log, enqueueOutbox, resolve: () => Promise.resolve(answer) });
  const facts = {
    kind: payload.kind,
    stream: clickStream("approval7"),
    dedupeKey: "click:click7",
    attempts: 3,
    maybeSent: true,
  };
  const item = { id: "row7", ...facts, createdAt: clock.now(), payload };
  return { clock, said, events: () => lines.map(({ event }) => event), send: () => send(item) };
}

it("tries for 15 minutes while nobody answers, and then says on the card and in its thread to press again", async () => {
  const { clock, said, events, send } = stage({ kind: "unreachable", error: "ECONNREFUSED" });
  clock.advance(5 * MINUTE);
  expect((await send()).kind).toBe("retry");
  clock.advance(10 * MINUTE);
  expect((await send()).kind).toBe("retry");
  expect(said).toEqual([]);
  clock.advance(1);
  expect((await send()).kind).toBe("failed");
  expect(said.map(({ payload: words }) => words)).toEqual([
    expect.objectContaining({ kind: "slack.card_line", ts: "2.000001", team: "T1", ...PLACE }),
    expect.objectContaining({ kind: "slack.post", ...PLACE }),
  ]);
  for (const word of ["approved", "<@U0ALICE001>", "approval7", "Press again"])
    expect(JSON.stringify(said[0])).toContain(word);
  expect(events()).toEqual(["approval_resolve_error", "approval_resolve_error", "approval_resolve_failed"]);
});

it("ends with any definite answer", async () => {
  const { said, events, send } = stage({ kind: "ok", status: 200, body: { kind: "final", state: "done" } });
  expect(await send()).toEqual({ kind: "sent", result: { kind: "final", state: "done" } });
  expect([said, events()]).toEqual([[], ["approval_action"]]);
});
