/** Turns of the real OpenCode, driven to their proven ends. */
import { eventually } from "@thor/kit/testing/eventually";
import { PASSWORD } from "@thor/simulators/opencode";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { wishToStop } from "./presses.ts";
import { openRealStage, TURN_MS, type RealStage } from "./real-stage.ts";
import type { Conversation } from "./stage.ts";

let world: RealStage;

beforeAll(async () => {
  world = await openRealStage();
}, 60_000);
beforeEach(() => world.stage.sim("DELETE", "/_sim/faults"));
afterAll(() => world.close());

const control: RealStage["controls"] = (conversation) => world.controls(conversation);
const Stored = z.array(z.looseObject({ info: z.looseObject({ role: z.string() }) }));
const storedMessages = async (sessionId: string | undefined) => {
  const authorization = `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString("base64")}`;
  const answer = await fetch(`${world.opencode.url}/session/${sessionId ?? ""}/message`, {
    headers: { authorization },
  });
  return Stored.parse(await answer.json());
};
const partsOf: RealStage["stepsOf"] = (triggerId) => world.stepsOf(triggerId);

describe("a turn", () => {
  it("is answered before its model, keeps its parts, and promises its last words once when nothing was posted", async () => {
    await world.scenarios("scenario: slow\nwhen: [{ user: slow-words }]\nturns: [{ stall: 1, say: the last words }]");
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "slow-words");
    expect(asked.body.accepted).toBe(true);
    expect((await world.stage.run(asked.body.triggerId)).endedAt).toBeUndefined();
    const { run, items } = await world.said(asked.body.triggerId);
    expect(run.status).toBe("completed");
    expect(items).toEqual([
      { kind: "slack.post", channel: conversation.channel, threadTs: conversation.threadTs, text: "the last words" },
    ]);
    const parts = await partsOf(run.id);
    expect(parts.map(({ type }) => type)).toEqual(expect.arrayContaining(["text", "step-finish"]));
    expect(new Set(parts.map(({ partId }) => partId)).size).toBe(parts.length);
    expect(run.tokensInput).toBeGreaterThan(0);
  });

  it("sees the same session at the next message, also by the next process", async () => {
    const conversation = await world.stage.conversation();
    const first = await world.ask(conversation, "just say one");
    await world.stage.ended(first.body.triggerId, TURN_MS);
    const second = await world.stage.start(world.opencode.url);
    const next = await second.ask(conversation, "just say two");
    expect(next.body).toMatchObject({ resumed: true, sessionId: first.body.sessionId });
    expect((await world.stage.ended(next.body.triggerId, TURN_MS)).status).toBe("completed");
    await second.close();
  });

  it("outlives two failures of the provider, and says so", async () => {
    await world.scenarios(
      "scenario: flaky\nwhen: [{ user: flaky-one }]\nturns: [{ fail: { status: 500, times: 2 }, say: at last }]",
    );
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "flaky-one");
    const { run, items } = await world.said(asked.body.triggerId);
    expect(run.status).toBe("completed");
    const said = [...(await control(conversation)).map(({ text }) => text), JSON.stringify(items)].join("\n");
    expect(said).toContain("Recovered from 2 error(s)");
  });

  it("fails once, without another try, when the provider refuses the key", async () => {
    await world.scenarios(
      "scenario: key\nwhen: [{ user: bad-key }]\nturns: [{ fail: { status: 401, times: 9 }, say: no }]",
    );
    const asked = await world.ask(await world.stage.conversation(), "bad-key");
    const run = await world.stage.ended(asked.body.triggerId, TURN_MS);
    expect([run.status, run.reason]).toEqual(["error", "config_error"]);
    expect(JSON.stringify(await world.stage.sim("GET", "/_sim/model/requests"))).not.toContain('"key","turn":1');
  });
});

describe("busy and interrupt", () => {
  const long = (conversation: Conversation) => world.ask(conversation, "take your time for 60 s");
  const isGoing = (triggerId: string | undefined) =>
    eventually("a running tool", async () =>
      (await partsOf(triggerId)).some(({ type }) => type === "tool") ? true : undefined,
    );

  it("is busy for a plain message, and stops for an interrupting one, proven before the new prompt", async () => {
    const conversation = await world.stage.conversation();
    const first = await long(conversation);
    await isGoing(first.body.triggerId);
    expect((await world.ask(conversation, "just say plain")).body).toEqual({ busy: true });
    const asked = performance.now();
    const second = await world.ask(conversation, "just say interrupting", { interrupt: true });
    expect(second.body).toMatchObject({ accepted: true, sessionId: first.body.sessionId });
    expect(performance.now() - asked).toBeLessThan(5000);
    const [old, run] = [
      await world.stage.run(first.body.triggerId),
      await world.stage.ended(second.body.triggerId, TURN_MS),
    ];
    expect([old.status, old.reason, run.status]).toEqual(["aborted", "user_interrupt", "completed"]);
    const parts = await partsOf(old.id);
    expect(JSON.stringify(parts)).not.toContain('"status":"running"');
  });

  it("is not ended by late words of an aborted turn with a sub-agent", async () => {
    await world.scenarios(
      "scenario: child",
      "when: [{ user: child-works }]",
      "turns: [{ call: [{ bash: sleep 20 }] }, { say: child done }]",
      "---",
      "scenario: lead",
      "when: [{ user: lead-delegates }]",
      "turns:",
      "  - call: [{ task: { description: work, prompt: child-works, subagent_type: general } }]",
      "  - say: lead done",
    );
    const conversation = await world.stage.conversation();
    const first = await world.ask(conversation, "lead-delegates");
    const child = await eventually("the sub-agent's own step", async () =>
      (await partsOf(first.body.triggerId)).find(
        ({ sessionId, type }) => sessionId !== first.body.sessionId && type === "tool",
      ),
    );
    const session = await world.stage.ledger.sessionById({ sessionId: child.sessionId });
    expect(session).toMatchObject({ kind: "sub", parentId: first.body.sessionId });
    const second = await world.ask(conversation, "just say after the sub-agent", { interrupt: true });
    const { run, items } = await world.said(second.body.triggerId);
    expect(run.status).toBe("completed");
    expect(JSON.stringify(items)).toContain("after the sub-agent");
  });
});

describe("a killed OpenCode", () => {
  it("lets the cut tool be named and shown as resumed, and streamed text be said once, both in their sessions", async () => {
    await world.scenarios(
      "scenario: text\nwhen: [{ user: streamed-text }]\nturns: [{ stall: 4, say: the whole text }]",
    );
    const [toolWork, textWork] = [await world.stage.conversation(), await world.stage.conversation()];
    const cut = await world.ask(toolWork, "take your time for 12 s");
    const streamed = await world.ask(textWork, "streamed-text");
    await eventually("a running tool", async () =>
      (await partsOf(cut.body.triggerId)).some(({ state }) => JSON.stringify(state).includes("running"))
        ? true
        : undefined,
    );
    await eventually("a sent prompt", async () => (await world.stage.run(streamed.body.triggerId)).promptSentAt);
    await world.opencode.kill();
    await world.opencode.start();

    const said = await world.said(streamed.body.triggerId);
    expect([said.run.status, said.run.sessionId]).toEqual(["completed", streamed.body.sessionId]);
    expect(JSON.stringify(said.items).split("the whole text")).toHaveLength(2);
    expect((await storedMessages(streamed.body.sessionId)).filter(({ info }) => info.role === "user")).toHaveLength(1);

    await eventually("the resumption is shown", async () =>
      (await control(toolWork)).some(({ text }) => text.includes("♻️ Resumed after a restart")) ? true : undefined,
    );
    const run = await world.stage.ended(cut.body.triggerId, 60_000);
    expect([run.status, run.sessionId]).toEqual(["completed", cut.body.sessionId]);
    expect(JSON.stringify(await storedMessages(cut.body.sessionId))).toContain(
      "The agent runtime restarted while `bash",
    );
    expect(await control(toolWork)).toHaveLength(1);
  }, 90_000);
});

describe("a stop", () => {
  it("ends the turn in the middle of a command, says who wanted it, and leaves the session usable", async () => {
    await world.scenarios(
      "scenario: long\nwhen: [{ user: long-sleep }]\nturns: [{ call: [{ bash: git push }] }, { call: [{ bash: sleep 600 }] }]",
    );
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "long-sleep");
    const { triggerId } = asked.body;
    await eventually("the command runs", async () =>
      (await partsOf(triggerId)).some(({ state }) => /"running".*sleep 600/.test(JSON.stringify(state))),
    );
    const run = await world.stage.run(triggerId);
    await wishToStop(world.stage, conversation, run);
    const ended = await world.stage.ended(triggerId, TURN_MS);
    expect(ended).toMatchObject({ status: "aborted", reason: "user_stop" });
    const report = await eventually("the report", async () => {
      const said = await world.promised(conversation);
      return said.includes("Stopped by") ? said : undefined;
    });
    expect(report).toMatch(/Stopped by <@U0BOB00001> after \d+s\\n• done: git push \(failed\)\\n• interrupted: sleep/);
    const next = await world.ask(conversation, "just say two");
    expect(next.body).toMatchObject({ resumed: true, sessionId: asked.body.sessionId });
    expect((await world.stage.ended(next.body.triggerId, TURN_MS)).status).toBe("completed");
  });
});
