/** What people decide: questions, leave for tools, budgets, waits for quota; against the real OpenCode. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";

import { Pass } from "@thor/domain/pass";
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { buttonsOf, press } from "./presses.ts";
import { openRealStage, TURN_MS, type RealStage } from "./real-stage.ts";
import type { Conversation } from "./stage.ts";

const Waiting = z.object({ until: z.number(), since: z.number() });
const CONFIG = {
  users: [{ email: "alice@example.com", name: "Alice", slack: "U0ALICE001" }],
  budgets: {
    continueStep: { usd: 500 },
    continueApprovers: ["U0ALICE001"],
    overrides: [{ match: { source: "cron" }, perRun: { usd: 5 } }],
  },
  models: { default: { effort: "high" }, sources: { cron: { model: "thor/thor-sim-2" } } },
};
let world: RealStage;

beforeAll(async () => {
  world = await openRealStage({
    config: CONFIG,
    opencode: { permission: { question: "allow", bash: { "*": "allow", "echo careful*": "ask" } } },
    env: { RUNNER_BASE_URL: "http://127.0.0.1:1" },
  });
}, 60_000);
beforeEach(() => world.stage.sim("DELETE", "/_sim/faults"));
afterAll(() => world.close());

const card: RealStage["card"] = (...seen) => world.card(...seen);
const control: RealStage["control"] = (...seen) => world.control(...seen);
const shows = (conversation: Conversation, [message, button]: [string, string]) =>
  eventually(`the button "${button}"`, async () =>
    buttonsOf(await card(conversation, message)).find(({ words }) => words.includes(button)),
  );
/** Presses the button whose words contain these, once it is there. */
async function choose(
  conversation: Conversation,
  find: typeof card,
  [message, button, by, text]: [string, string, string?, string?],
) {
  const { found, ts } = await eventually(`the button "${button}"`, async () => {
    const seen = await find(conversation, message);
    const one = buttonsOf(seen).find(({ words }) => words.includes(button));
    return one === undefined ? undefined : { found: one, ts: seen.ts };
  });
  await press(world.stage, conversation, {
    ...found,
    ts,
    ...(by === undefined ? {} : { by }),
    ...(text === undefined ? {} : { text }),
  });
}
const QUESTION = [
  "scenario: asks",
  "when: [{ user: please-ask }]",
  "turns:",
  "  - call:",
  "      - question:",
  "          questions:",
  "            - { question: Which one?, header: One, options: [{ label: Red, description: warm }, { label: Blue, description: cold }] }",
  "            - { question: Which ones?, header: Some, multiple: true, options: [{ label: North, description: n }, { label: South, description: s }] }",
  "  - expect: { match: '/Red.*North.*South/' }",
  "    say: they chose",
  "otherwise: { say: something else came }",
].join("\n");

describe("questions", () => {
  it("take words of one's own for what stands open, and keep what was chosen before", async () => {
    await world.scenarios(QUESTION.replace("Red.*North.*South", "Red.*as the crow flies"));
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "please-ask");
    await choose(conversation, card, ["Which one?", "Red"]);
    await choose(conversation, card, ["Which ones?", "Other…", "U0BOB00001", "as the crow flies"]);
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, text]).toEqual(["completed", expect.stringContaining("they chose")]);
    await card(conversation, "<@U0BOB00001> chose Red and answered “as the crow flies”");
  });

  it("are asked one after the other, answered by presses, and the agent goes on with the labels", async () => {
    await world.scenarios(QUESTION);
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "please-ask");
    await control(conversation, "❓ Waiting for an answer");
    await choose(conversation, card, ["Which one?", "Red"]);
    await choose(conversation, card, ["Which ones?", "North"]);
    await shows(conversation, ["Which ones?", "☑ *North*"]);
    await choose(conversation, card, ["Which ones?", "South"]);
    await shows(conversation, ["Which ones?", "☑ *South*"]);
    await choose(conversation, card, ["Which ones?", "Submit"]);
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, text]).toEqual(["completed", expect.stringContaining("they chose")]);
    const settled = await card(conversation, "<@U0ALICE001> chose Red · North, South");
    expect(buttonsOf(settled)).toEqual([]);
    expect(await world.stage.status(conversation)).toBe("");
  });

  it("are closed by a new message, and answered at once where nobody can be asked", async () => {
    await world.scenarios(QUESTION);
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "please-ask");
    await card(conversation, "Which one?");
    await world.stage.wait(conversation);
    const { text } = await world.said(asked.body.triggerId);
    expect(text).toContain("something else came");
    await card(conversation, "Closed: a new message came.");
    const alone = await world.runner().post({ prompt: "please-ask", directory: `${world.stage.repos}/demo` });
    const ended = await world.stage.ended(alone.body.triggerId, TURN_MS);
    expect(ended.status).toBe("completed");
    expect(await world.opencode.stored(ended.sessionId)).toContain("Nobody can be asked here");
  });

  it("are withdrawn when OpenCode dies, and the turn is resumed", async () => {
    await world.scenarios(QUESTION);
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "please-ask");
    await card(conversation, "Which one?");
    await world.opencode.kill();
    await world.scenarios("scenario: on\nwhen: [{ user: please-ask }]\nturns: [{ say: went on without them }]");
    await world.opencode.start();
    await world.stage.ended(asked.body.triggerId, 60_000);
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, run.sessionId]).toEqual(["completed", asked.body.sessionId]);
    expect(text).toContain("went on without them");
    expect(buttonsOf(await card(conversation, "No longer needed."))).toEqual([]);
    await control(conversation, "✅ Done");
  }, 90_000);

  it("are decided by the agent itself when nobody answers, after one reminder", async () => {
    await world.restart({ THOR_QUESTION_TIMEOUT_MS: "9000" });
    await world.scenarios(QUESTION);
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "please-ask");
    await card(conversation, "Which one?");
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, text.match(/still wait for an answer/g)?.length]).toEqual(["completed", 1]);
    expect(text).toContain("something else came");
    await card(conversation, "Nobody answered in time");
    await world.restart();
  });
});

it("leave for a tool is given once, or refused with words that the agent hears, by those who may", async () => {
  await world.scenarios(
    "scenario: careful",
    "when: [{ user: be-careful }]",
    "turns:",
    "  - call: [{ bash: echo careful one }]",
    "  - { expect: { match: careful one }, call: [{ bash: echo careful two }] }",
    "  - { expect: { match: far too careful }, say: I heard the no }",
    "otherwise: { say: unexpected }",
  );
  const conversation = await world.stage.conversation();
  const asked = await world.ask(conversation, "be-careful");
  await choose(conversation, card, ["careful one", "Allow once", "U0MALLORY1"]);
  await choose(conversation, card, ["careful one", "Allow once"]);
  await choose(conversation, card, ["careful two", "Reject…", "U0ALICE001", "that is far too careful"]);
  const { run, text } = await world.said(asked.body.triggerId);
  expect([run.status, text.includes("I heard the no")]).toEqual(["completed", true]);
  const { rows } = await world.stage.ledger.auditPage({
    anchorId: run.anchorId,
    event: "permission.decided",
    limit: 9,
  });
  expect(rows.map(({ actor, decision }) => `${actor} ${decision}`).toSorted()).toEqual([
    "U0ALICE001 once",
    "U0ALICE001 reject",
  ]);
});

describe("a run that stands still", () => {
  it("waits for the provider's quota with the right time, and goes on by a press with the same ids", async () => {
    await world.scenarios(
      "scenario: quota\nwhen: [{ user: over-quota }]\nturns: [{ fail: { status: 429, retryAfter: 3600, times: 1 }, say: after the quota }]",
    );
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "over-quota");
    await control(conversation, "⏸ Model quota used up, continues at");
    const parked = await world.stage.run(asked.body.triggerId);
    const { until, since } = Waiting.parse(parked.park);
    expect(parked.status).toBe("parked");
    expect(until - since).toBeGreaterThan(3_500_000);
    expect(until - since).toBeLessThan(3_700_000);
    await world.restart();
    await eventually("it is taken up", () =>
      world.runner().hearing.events.find(({ event }) => event === "run_recovered"),
    );
    await choose(conversation, control, ["⏸", "Resume now"]);
    const { run, text } = await world.said(asked.body.triggerId);
    expect([run.status, text.match(/after the quota/g)?.length]).toEqual(["completed", 1]);
  });

  it("is told once that it goes in circles, then people decide", async () => {
    const same = "  - { call: [{ bash: echo same }] }";
    await world.scenarios(
      "scenario: circles",
      "when: [{ user: go-in-circles }]",
      "turns:",
      ...Array.from({ length: 20 }, () => same),
      "  - say: out",
    );
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "go-in-circles");
    await control(conversation, "⏸ It went in circles: echo 5 times");
    expect(await world.opencode.stored(asked.body.sessionId)).toContain("You repeated echo 5 times");
    await choose(conversation, control, ["⏸", "Stop"]);
    expect((await world.said(asked.body.triggerId)).run).toMatchObject({ status: "aborted", reason: "user_stop" });
  });

  it("that was stopped goes on by Continue, in its session", async () => {
    await world.scenarios(
      "scenario: long",
      "when: [{ user: work-long }]",
      "turns: [{ call: [{ bash: sleep 60 }, { bash: echo two }, { bash: echo three }] }, { say: never }]",
      "---",
      "scenario: goes-on",
      "when: [{ user: A person asks you to go on }]",
      "turns: [{ say: I went on }]",
    );
    const conversation = await world.stage.conversation();
    const asked = await world.ask(conversation, "work-long");
    await choose(conversation, control, ["⏳ Working", "Stop"]);
    const stopped = await world.stage.ended(asked.body.triggerId, TURN_MS);
    expect(stopped).toMatchObject({ status: "aborted", reason: "user_stop" });
    await choose(conversation, control, ["⏹ Stopped", "Continue"]);
    const next = await eventually("the run that goes on", async () =>
      (await world.stage.ledger.triggersOf({ anchorId: stopped.anchorId, limit: 1 })).find(
        ({ cause }) => cause === "continue",
      ),
    );
    const { run, text } = await world.said(next.id);
    expect([run.status, run.sessionId, text.includes("I went on")]).toEqual(["completed", asked.body.sessionId, true]);
    await control(conversation, "Continued by <@U0ALICE001>");
  });
});

it("a limit stops a run at the step over it; those who may let it go on, by a step, and its model is the chosen one", async () => {
  await world.scenarios(
    "scenario: costly",
    "when: [{ user: be-costly }]",
    "turns: [{ call: [{ bash: echo one }] }, { stall: 4, call: [{ bash: echo two }] }, { stall: 4, say: too late }]",
    "---",
    "scenario: goes-on",
    "when: [{ user: A person asks you to go on }]",
    "turns: [{ say: done within the step }]",
  );
  const conversation = await world.stage.conversation();
  const asked = await world.ask(conversation, "be-costly", { source: "cron" });
  const ended = await world.stage.ended(asked.body.triggerId, TURN_MS);
  expect([ended.status, ended.reason]).toEqual(["budget", "$5.00 for one run"]);
  expect(ended.costMicros).toBeGreaterThan(0);
  expect(ended.revs).toMatchObject({ model: { modelID: "thor-sim-2" }, variant: "high", overScope: "perRun" });
  await choose(conversation, control, ["⏹ Budget used up: $5.00 for one run", "Continue (+$500.00)", "U0BOB00001"]);
  await choose(conversation, control, ["⏹ Budget used up", "Continue (+$500.00)"]);
  const next = await eventually("the run that goes on", async () =>
    (await world.stage.ledger.triggersOf({ anchorId: ended.anchorId, limit: 1 })).find(
      ({ cause }) => cause === "continue",
    ),
  );
  const { run, text } = await world.said(next.id);
  expect([run.status, text.includes("done within the step")]).toEqual(["completed", true]);
  const { rows } = await world.stage.ledger.auditPage({ anchorId: ended.anchorId, event: "budget.extended", limit: 9 });
  expect(rows.map(({ actor }) => actor)).toEqual(["U0ALICE001"]);
  const [sums] = (await world.stage.ledger.usageSince({ since: 0 })).filter(({ model }) => model.endsWith("sim-2"));
  expect(sums?.costMicros).toBe(ended.costMicros + run.costMicros);
});

it("a session that is gone is replaced with what the records know, and the notes are there again", async () => {
  const memory = join(world.stage.repos, "..", "memory");
  mkdirSync(join(memory, "channels"), { recursive: true });
  mkdirSync(join(memory, "people"), { recursive: true });
  writeFileSync(join(memory, "README.md"), "Everybody likes tea.");
  writeFileSync(join(memory, "people", "alice.md"), "Alice likes short answers.");
  await world.scenarios("scenario: any\nturns: [{ say: the first answer }]");
  const conversation = await world.stage.conversation();
  const first = await world.stage.ended((await world.ask(conversation, "the first request")).body.triggerId, TURN_MS);
  expect(first.prompt).toContain("[Global memory]");
  expect(first.prompt).toContain("Everybody likes tea.");
  expect(first.prompt).toContain("[Person notes: Alice]");
  const pass = Pass.parse(JSON.parse(readFileSync(join(world.stage.passesDir, `${first.sessionId}.json`), "utf8")));
  expect(pass.memory?.map((path) => relative(memory, path))).toEqual([
    "README.md",
    `channels/${conversation.channel}.md`,
    "people/alice.md",
  ]);
  expect(first.prompt).toContain("Alice (alice@example.com, Slack U0ALICE001)");
  const second = await world.stage.ended((await world.ask(conversation, "the second request")).body.triggerId, TURN_MS);
  expect(second.prompt).not.toMatch(/Global memory|Person notes/);
  await world.opencode.forget(second.sessionId ?? "");
  const third = await world.stage.ended((await world.ask(conversation, "the third request")).body.triggerId, TURN_MS);
  expect([third.status, third.sessionId === first.sessionId]).toEqual(["completed", false]);
  expect(third.prompt).toMatch(/\[Earlier in this conversation\][\s\S]*the first request[\s\S]*the first answer/);
  expect(third.prompt).toContain("[Person notes: Alice]");
  expect(third.revs).toMatchObject({ replaced: "session_lost" });
});
