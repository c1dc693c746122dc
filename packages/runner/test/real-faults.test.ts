/** What goes wrong around a turn of the real OpenCode: each run ends once, as it should, and people see one message. */
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startCuttingProxy } from "./cutting-proxy.ts";
import { buttonsOf, press } from "./presses.ts";
import { openRealStage, TURN_MS, type RealStage } from "./real-stage.ts";
import { startRunnerProcess, TAKEN_UP_MS } from "./runner-process.ts";
import type { Conversation } from "./stage.ts";

/** How long the line to OpenCode is cut; `THOR_TEST_CUT_SECONDS=5,30,120` for the long proof. */
const CUT_SECONDS = (process.env["THOR_TEST_CUT_SECONDS"] ?? "5").split(",").map(Number);

let world: RealStage;
beforeAll(async () => {
  world = await openRealStage({ opencode: { depth: 3 }, env: { RUNTIME_DOWN_MS: "4000" } });
}, 60_000);
beforeEach(() => world.stage.sim("DELETE", "/_sim/faults"));
afterAll(() => world.close());

const inputOf = (state: unknown) => Number(/"input":(\d+)/.exec(JSON.stringify(state))?.[1] ?? Number.NaN);
const task = (prompt: string) => `{ task: { description: work, prompt: ${prompt}, subagent_type: general } }`;

describe("sub-agents", () => {
  it("three deep and side by side are registered under their parents, recorded, and counted once", async () => {
    await world.scenarios(
      `scenario: lead\nwhen: [{ user: lead-of-all }]\nturns: [{ call: [${task("left-one")}, ${task("right-one")}] }, { say: all done }]`,
      `---\nscenario: left\nwhen: [{ user: left-one }]\nturns: [{ call: [${task("left-two")}] }, { say: left done }]`,
      `---\nscenario: deeper\nwhen: [{ user: left-two }]\nturns: [{ call: [${task("left-three")}] }, { say: two done }]`,
      "---\nscenario: deepest\nwhen: [{ user: left-three }]\nturns: [{ call: [{ bash: echo deepest }] }, { say: three done }]",
      "---\nscenario: right\nwhen: [{ user: right-one }]\nturns: [{ call: [{ bash: echo right }] }, { say: right done }]",
    );
    const asked = await world.ask(await world.stage.conversation(), "lead-of-all");
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, text]).toEqual(["completed", expect.stringContaining("all done")]);
    const steps = await world.stepsOf(run.id);
    const sessions = [...new Set(steps.map(({ sessionId }) => sessionId))];
    expect(sessions).toHaveLength(5);
    const depthOf = async (id: string): Promise<number> => {
      const session = await world.stage.ledger.sessionById({ sessionId: id });
      return session?.parentId === undefined ? 0 : 1 + (await depthOf(session.parentId));
    };
    expect((await Promise.all(sessions.map(depthOf))).toSorted((a, b) => a - b)).toEqual([0, 1, 1, 2, 3]);
    // Two model calls of each of the five, and what they used, once.
    const finished = steps.filter(({ type }) => type === "step-finish");
    expect(finished).toHaveLength(10);
    const sum = finished.reduce((total, { state }) => total + inputOf(state), 0);
    expect(run.tokensInput).toBe(sum);
  });
});

describe("the provider", () => {
  it("that is overloaded for a moment, slow, and silent at the end still gives one good end", async () => {
    await world.scenarios(
      "scenario: tired",
      "when: [{ user: tired-model }]",
      "turns:",
      "  - { fail: { status: 503, times: 1 }, call: [{ bash: echo one }] }",
      "  - { fail: { status: 429, retryAfter: 1, times: 1 }, call: [{ bash: echo two }] }",
      "  - { stall: 3, say: slow words }",
    );
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "tired-model");
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, run.tools, text.match(/slow words/g)?.length]).toEqual(["completed", 2, 1]);
    const shown = (await world.controls(conversation)).map((message) => message.text);
    expect([text, ...shown].join("\n")).toContain("Recovered from 2 error(s)");
  });

  it("that says nothing at all is asked once more, and then it is an end", async () => {
    await world.scenarios(
      "scenario: mute\nwhen: [{ user: say-nothing }]\nturns: [{ think: hm }]\notherwise: { say: x }",
    );
    const asked = await world.ask(await world.stage.conversation(), "say-nothing");
    const run = await world.stage.ended(asked.body.triggerId, TURN_MS);
    expect([run.status, run.reason]).toEqual(["completed", "empty_answer"]);
    const stored = await world.opencode.stored(run.sessionId);
    expect(stored.match(/"text":"Continue"/g)).toHaveLength(1);
  });
});

describe.each(CUT_SECONDS)("a line to OpenCode that is cut for %i s", (seconds) => {
  it(
    "hides the end of a turn until it is mended, and nothing of the turn is missing then",
    async () => {
      const proxy = await startCuttingProxy(world.opencode.url);
      const behind = await world.stage.start(proxy.url, { RUNTIME_DOWN_MS: "600000" });
      await world.scenarios(
        `scenario: cut\nwhen: [{ user: work-unheard }]\nturns: [{ call: [{ bash: echo before }] }, { stall: 2, call: [{ bash: echo unheard }] }, { say: said unheard }]`,
      );
      const conversation = await world.stage.conversation();
      const asked = await behind.ask(conversation, "work-unheard");
      await world.step(asked.body.triggerId, /completed.*echo before/);
      proxy.cut();
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      expect((await world.stage.run(asked.body.triggerId)).endedAt).toBeUndefined();
      proxy.mend();
      const mendedAt = Date.now();
      const { run, text } = await world.said(asked.body.triggerId);
      expect([run.status, text.match(/said unheard/g)?.length]).toEqual(["completed", 1]);
      expect(Number(run.endedAt) - mendedAt).toBeLessThan(5000);
      const steps = await world.stepsOf(run.id);
      expect(steps.filter(({ type }) => type === "tool")).toHaveLength(2);
      expect(steps.filter(({ type }) => type === "step-finish")).toHaveLength(3);
      await behind.close();
      await proxy.close();
    },
    seconds * 1000 + 90_000,
  );
});

describe("OpenCode", () => {
  it("that stays away lets a run stand still until a person lets it go on", async () => {
    await world.scenarios("scenario: away\nwhen: [{ user: works-away }]\nturns: [{ stall: 5, say: back again }]");
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "works-away");
    await eventually("the prompt is sent", async () => (await world.stage.run(asked.body.triggerId)).promptSentAt);
    await world.opencode.kill();
    await world.control(conversation, "⏸");
    expect(await world.stage.run(asked.body.triggerId)).toMatchObject({
      status: "parked",
      park: { why: "runtime_down" },
    });
    await world.opencode.start();
    await pressed(conversation, "Resume now");
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, run.sessionId]).toEqual(["completed", asked.body.sessionId]);
    expect(text.match(/back again/g)).toHaveLength(1);
    expect(await world.controls(conversation)).toHaveLength(1);
  }, 90_000);
});

async function pressed(conversation: Conversation, button: string) {
  const { found, ts } = await eventually(`the button "${button}"`, async () => {
    const [message] = await world.controls(conversation);
    const one = buttonsOf(message).find(({ words }) => words.includes(button));
    return one === undefined || message === undefined ? undefined : { found: one, ts: message.ts };
  });
  await press(world.stage, conversation, { ...found, ts });
}

it("runner and OpenCode killed together: each thread hears one thing, and each run ends once", async () => {
  await world.scenarios(
    "scenario: tool\nwhen: [{ user: cut-in-a-tool }]\nturns: [{ call: [{ bash: echo one }, { bash: echo two }, { bash: sleep 30 }] }, { say: tool went on }]",
    "---\nscenario: words\nwhen: [{ user: cut-in-words }]\nturns: [{ stall: 20, say: words came }]",
    "---\nscenario: quota\nwhen: [{ user: cut-in-quota }]\nturns: [{ fail: { status: 429, retryAfter: 3600, times: 1 }, say: quota came }]",
  );
  await world.runner().close();
  const first = await startRunnerProcess(world.stage.env(world.opencode.url));
  const through = world.stage.speakTo(first.url);
  const begin = async (prompt: string) => {
    const conversation = await world.stage.conversation();
    const { body } = await through.ask(conversation, prompt);
    return { conversation, triggerId: body.triggerId ?? "", sessionId: body.sessionId };
  };
  const [tool, words, quota] = [await begin("cut-in-a-tool"), await begin("cut-in-words"), await begin("cut-in-quota")];
  await world.step(tool.triggerId, /running.*sleep 30/);
  await world.control(tool.conversation, "⏳ Working");
  await world.control(quota.conversation, "⏸ Model quota used up");
  await eventually("a sent prompt", async () => (await world.stage.run(words.triggerId)).promptSentAt);
  first.kill();
  await world.opencode.kill();
  await world.scenarios(
    "scenario: after\nwhen: [{ user: cut-in-a-tool }, { user: cut-in-words }]\nturns: [{ say: it went on }]",
    "---\nscenario: quota\nwhen: [{ user: cut-in-quota }]\nturns: [{ say: quota came }]",
  );
  await Promise.all([world.opencode.start(), world.restart()]);

  for (const { triggerId, sessionId, conversation } of [tool, words]) {
    const run = await world.stage.ended(triggerId, TAKEN_UP_MS);
    expect([run.status, run.sessionId]).toEqual(["completed", sessionId]);
    expect((await world.promised(conversation)).match(/it went on/g)).toHaveLength(1);
  }
  expect(await world.stage.run(quota.triggerId)).toMatchObject({ status: "parked", park: { why: "quota" } });
  await pressed(quota.conversation, "Resume now");
  expect((await world.said(quota.triggerId)).run.status).toBe("completed");
  for (const { conversation } of [tool, words, quota])
    expect((await world.controls(conversation)).length).toBeLessThanOrEqual(1);
  const [told] = await world.controls(tool.conversation);
  expect(told?.text).toMatch(/^✅ Done/);
}, 180_000);
