/** Stops, refusals and interrupts at awkward moments of the real OpenCode: one end each, and people are told the truth. */
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { wishToStop } from "./presses.ts";
import { openRealStage, TURN_MS, type RealStage } from "./real-stage.ts";
import { startRunnerProcess, TAKEN_UP_MS } from "./runner-process.ts";

/** A schedule's model costs money, and each person has a little of it a day. */
const CONFIG = {
  budgets: { overrides: [{ match: { source: "cron" }, perUserDay: { usd: 1 } }] },
  models: { sources: { cron: { model: "thor/thor-sim-2" } } },
};
let world: RealStage;
beforeAll(async () => {
  world = await openRealStage({ config: CONFIG, opencode: { permission: { question: "allow" } } });
}, 60_000);
beforeEach(() => world.stage.sim("DELETE", "/_sim/faults"));
afterAll(() => world.close());

const reports = async (conversation: Parameters<RealStage["promised"]>[0]) =>
  (await world.promised(conversation)).split("Stopped by").length - 1;

describe("a stop", () => {
  it("while a sub-agent runs, and a model that answers at once, is one end", async () => {
    await world.scenarios(
      "scenario: child\nwhen: [{ user: child-sleeps }]\nturns: [{ call: [{ bash: sleep 30 }] }, { say: child done }]",
      "---\nscenario: lead\nwhen: [{ user: lead-waits }]",
      "turns:",
      "  - call: [{ task: { description: work, prompt: child-sleeps, subagent_type: general } }]",
      "  - say: lead done",
    );
    const conversation = await world.stage.conversation();
    const { body } = await world.ask(conversation, "lead-waits");
    await world.step(body.triggerId, /sleep 30/);
    const run = await world.stage.run(body.triggerId);
    await wishToStop(world.stage, conversation, run);
    const { run: ended, text } = await world.said(body.triggerId);
    // With a model as fast as this one the lead may still have finished normally: then that is what is told.
    const isNormal = ended.status === "completed";
    expect([ended.status, ended.reason]).toEqual(isNormal ? ["completed", undefined] : ["aborted", "user_stop"]);
    expect(text.includes("lead done")).toBe(isNormal);
    await eventually("the end is told", async () => isNormal || (await reports(conversation)) === 1);
    const next = await world.ask(conversation, "just say still usable");
    expect((await world.stage.ended(next.body.triggerId, TURN_MS)).status).toBe("completed");
  });

  it("ends a run that waits for its provider's quota, and one with an open question", async () => {
    await world.scenarios(
      "scenario: quota\nwhen: [{ user: over-quota }]\nturns: [{ fail: { status: 429, retryAfter: 3600, times: 1 }, say: late }]",
      "---\nscenario: asks\nwhen: [{ user: please-ask }]\nturns:",
      "  - call: [{ question: { questions: [{ question: Which?, header: H, options: [{ label: Red, description: r }] }] } }]",
    );
    for (const [prompt, sign] of [
      ["over-quota", world.control],
      ["please-ask", world.card],
    ] as const) {
      const conversation = await world.stage.conversation();
      const { body } = await world.ask(conversation, prompt);
      await sign(conversation, prompt === "over-quota" ? "⏸ Model quota used up" : "Which?");
      await wishToStop(world.stage, conversation, await world.stage.run(body.triggerId));
      expect(await world.stage.ended(body.triggerId, TURN_MS)).toMatchObject({
        status: "aborted",
        reason: "user_stop",
      });
      await eventually("the report", async () => (await reports(conversation)) === 1);
    }
  });

  it("that was wished for while the runner was dead is carried out by the next one, with one report", async () => {
    await world.scenarios("scenario: long\nwhen: [{ user: long-sleep }]\nturns: [{ call: [{ bash: sleep 300 }] }]");
    const child = await startRunnerProcess(world.stage.env(world.opencode.url));
    const conversation = await world.stage.conversation();
    const { body } = await world.stage.speakTo(child.url).ask(conversation, "long-sleep");
    await world.step(body.triggerId, /"running".*sleep 300/);
    const run = await world.stage.run(body.triggerId);
    child.kill();
    await wishToStop(world.stage, conversation, run);
    const ended = await world.stage.ended(body.triggerId, TAKEN_UP_MS + TURN_MS);
    expect(ended).toMatchObject({ status: "aborted", reason: "user_stop" });
    await eventually("the report", async () => (await reports(conversation)) === 1);
    expect(await world.opencode.stored(body.sessionId)).not.toContain('"status":"running"');
  }, 180_000);
});

it("an interrupt before the first word leaves each part stored once, and the second prompt is answered", async () => {
  await world.scenarios("scenario: slow\nwhen: [{ user: slow-start }]\nturns: [{ stall: 20, say: too late }]");
  const conversation = await world.stage.conversation();
  const first = await world.ask(conversation, "slow-start");
  const second = await world.ask(conversation, "just say right away", { interrupt: true });
  const { run, text } = await world.said(second.body.triggerId);
  expect([run.status, text]).toEqual(["completed", expect.stringContaining("right away")]);
  expect(await world.stage.run(first.body.triggerId)).toMatchObject({ status: "aborted", reason: "user_interrupt" });
  const all = [...(await world.stepsOf(first.body.triggerId)), ...(await world.stepsOf(run.id))];
  expect(new Set(all.map(({ partId }) => partId)).size).toBe(all.length);
  const stored = await world.opencode.stored(run.sessionId);
  expect(stored.match(/just say right away/g)).toHaveLength(1);
  expect(stored).not.toContain("too late");
});

it("a model that never answers is asked once more, with the same prompt, and then people decide", async () => {
  await world.restart({ TURN_SILENCE_MS: "4000" });
  await world.scenarios("scenario: mute\nwhen: [{ user: never-answer }]\nturns: [{ stall: 600, say: far too late }]");
  const conversation = await world.stage.conversation();
  const { body } = await world.ask(conversation, "never-answer");
  await world.control(conversation, "⏸");
  const run = await world.stage.run(body.triggerId);
  expect([run.status, run.park]).toEqual(["parked", expect.objectContaining({ why: "stuck" })]);
  const stored = await world.opencode.stored(run.sessionId);
  expect(stored.match(/"text":"never-answer/g) ?? stored.match(/never-answer/g)).toHaveLength(1);
  await wishToStop(world.stage, conversation, run);
  expect((await world.stage.ended(body.triggerId, TURN_MS)).reason).toBe("user_stop");
  await world.restart({ TURN_SILENCE_MS: "600000" });
});

it("two runs of one person share that person's day: the second is told at once that it is used up", async () => {
  const first = await world.ask(await world.stage.conversation(), "just say something dear", { source: "cron" });
  const spent = await world.stage.ended(first.body.triggerId, TURN_MS);
  expect(spent.costMicros).toBeGreaterThan(1_000_000);
  const second = await world.ask(await world.stage.conversation(), "just say more", { source: "cron" });
  const refused = await world.stage.ended(second.body.triggerId, TURN_MS);
  expect([refused.status, refused.reason, refused.promptSentAt]).toEqual([
    "budget",
    expect.stringContaining("$1.00"),
    undefined,
  ]);
  const other = await world.ask(await world.stage.conversation(), "just say nothing dear");
  expect((await world.stage.ended(other.body.triggerId, TURN_MS)).status).toBe("completed");
});

it("what OpenCode is sent is what the run's record says, byte for byte", async () => {
  const conversation = await world.stage.conversation();
  const { body } = await world.ask(conversation, "just say \u201Cünï\u201D\n\ttabs & <tags>");
  const run = await world.stage.ended(body.triggerId, TURN_MS);
  const stored = await world.opencode.stored(run.sessionId);
  expect(stored).toContain(JSON.stringify(run.prompt));
});
