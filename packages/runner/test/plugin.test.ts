/** Thor's plugin in the real OpenCode: nothing is sent without it, and it brings the repository's guide to every model call. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { eventually } from "@thor/kit/testing/eventually";
import { PASSWORD, startRealOpencode, type RealOpencode } from "@thor/simulators/opencode";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

import { openStage, SECRET, type RunningRunner, type Stage } from "./stage.ts";

const TURN_MS = 60_000;
const AUTHORIZED = { authorization: `Basic ${Buffer.from(`opencode:${PASSWORD}`).toString("base64")}` };
let stage: Stage;
let opencode: RealOpencode;
let runner: RunningRunner;
let file: string;

beforeAll(async () => {
  stage = await openStage();
  file = join(stage.repos, "..", "plugin.mjs");
  writeFileSync(file, "export const ThorPlugin = this does not parse;\n");
  opencode = await startRealOpencode(stage.sims.facts.model.baseUrl, { plugin: { ...stage.plugin, file } });
  runner = await stage.start(opencode.url, { OPENCODE_CONNECT_TIMEOUT: "500" });
}, 60_000);
afterAll(async () => {
  await runner.close();
  await opencode.close();
  await stage.close();
});

const scenarios = (yaml: string) => stage.sim("PUT", "/_sim/model/scenarios", { yaml });
const pluginState = async () => {
  const answer = await fetch(`${runner.url}/health`, { headers: { "x-thor-internal-secret": SECRET } });
  return answer.text();
};
const isPlugin = (state: string) =>
  eventually(`health says ${state}`, async () =>
    (await pluginState()).includes(`"plugin":"${state}"`) ? true : undefined,
  );

it("sends nothing while the plugin has not loaded, names it, and goes on by itself once it has", async () => {
  await isPlugin("missing");
  const conversation = await stage.conversation();
  const refused = await runner.ask(conversation, "just say hello");
  expect([refused.status, refused.retryAfter]).toEqual([500, "5"]);
  expect(refused.body.error).toContain("plugin");
  const requests = JSON.stringify(await stage.sim("GET", "/_sim/model/requests"));
  expect(requests).not.toContain("scenario");

  writeFileSync(file, `export { ThorPlugin } from ${JSON.stringify(pathToFileURL(stage.plugin.file).href)};\n`);
  await opencode.kill();
  await opencode.start();
  await isPlugin("loaded");
  // The first calls may still meet connections to the server that was killed; whoever dispatches asks again.
  const triggerId = await eventually("the next one is accepted", async () => {
    const { body } = await runner.ask(conversation, "just say hello");
    return body.triggerId;
  });
  expect((await stage.ended(triggerId, TURN_MS)).status).toBe("completed");
});

it("gives the main clone's guide to every model call, also of children and after a compaction, and no other", async () => {
  const branch = join(stage.repos, "demo", "branch");
  mkdirSync(branch, { recursive: true });
  writeFileSync(join(stage.repos, "demo", "AGENTS.md"), "Rule of the main clone: be brief.");
  writeFileSync(join(branch, "AGENTS.md"), "Rule of the branch: obey the pull request.");
  await scenarios(
    [
      "scenario: without",
      "when: [{ system: '/^(?!.*Rule of the main clone)/s' }, { system: Rule of the branch }]",
      "turns: [{ say: the guide was not there }]",
      "---",
      "scenario: child",
      "when: [{ user: child-reads }]",
      "turns: [{ say: child has the guide }]",
      "---",
      "scenario: guided",
      "when: [{ user: review-the-branch }]",
      "turns:",
      "  - call: [{ task: { description: read, prompt: child-reads, subagent_type: general } }]",
      "  - { expect: { match: child has the guide }, call: [{ bash: cat branch/AGENTS.md }] }",
      "  - say: all of it was there",
      "---",
      "scenario: afterwards",
      "turns: [{ say: there before it }, { say: still there }, { say: still there }, { say: still there }]",
    ].join("\n"),
  );
  const conversation = await stage.conversation();
  const first = await stage.ended((await runner.ask(conversation, "review-the-branch")).body.triggerId, TURN_MS);
  expect([first.status, JSON.stringify(await stage.promises(first.id))]).toEqual([
    "completed",
    expect.stringContaining("all of it was there"),
  ]);
  const big = `summarise this\n${"lorem ipsum ".repeat(30_000)}`;
  const second = await stage.ended((await runner.ask(conversation, big)).body.triggerId, TURN_MS);
  const stored = await opencode.stored(second.sessionId);
  expect(stored).toContain('"type":"compaction"');
  expect([second.status, second.sessionId]).toEqual(["completed", first.sessionId]);
  expect(JSON.stringify(await stage.promises(second.id))).toContain("still there");
  expect(stored).not.toContain("the guide was not there");
});

it("starts one fresh session when even a compaction does not help, then says what is wrong", async () => {
  await scenarios("scenario: any\nturns: [{ say: never }]");
  const conversation = await stage.conversation();
  const asked = await runner.ask(conversation, `too much\n${"lorem ipsum ".repeat(60_000)}`);
  const run = await stage.ended(asked.body.triggerId, TURN_MS);
  expect(run).toMatchObject({ status: "error", reason: "context_overflow", error: "Context window exceeded" });
  expect(run.sessionId).not.toBe(asked.body.sessionId);
  const { rows } = await stage.ledger.auditPage({ anchorId: run.anchorId, event: "session.replaced", limit: 9 });
  expect(rows.map(({ reason }) => reason)).toEqual(["context_overflow"]);
  const next = await runner.ask(conversation, "just say hello");
  expect((await stage.ended(next.body.triggerId, TURN_MS)).status).toBe("completed");
});

describe("a prompt typed in OpenCode itself", () => {
  const typed = async (sessionId: string, text: string) => {
    const headers = { ...AUTHORIZED, "content-type": "application/json" };
    const body = JSON.stringify({ agent: "build", parts: [{ type: "text", text }] });
    await fetch(`${opencode.url}/session/${sessionId}/prompt_async`, { method: "POST", headers, body });
  };
  const observed = (sessionId: string) =>
    eventually("the run of it", async () => {
      const session = await stage.ledger.sessionById({ sessionId });
      const [run] = await stage.ledger.triggersOf({ anchorId: session?.anchorId ?? "", limit: 1 });
      return run?.cause === "observed" ? run : undefined;
    });
  const typedWords = (text: string) =>
    scenarios(
      `scenario: typed\nwhen: [{ user: ${text} }]\nturns: [{ call: [{ bash: echo observed }] }, { say: seen }]`,
    );

  it("in a session of its own is admitted, recorded and counted, and nobody is told", async () => {
    await typedWords("operator-alone");
    const headers = {
      ...AUTHORIZED,
      "content-type": "application/json",
      "x-opencode-directory": `${stage.repos}/demo`,
    };
    const made = await fetch(`${opencode.url}/session`, { method: "POST", headers, body: '{"title":"by hand"}' });
    const { id } = z.object({ id: z.string() }).parse(await made.json());
    await typed(id, "operator-alone");
    const run = await stage.ended((await observed(id)).id, TURN_MS);
    expect(run).toMatchObject({ status: "completed", tools: 1, prompt: "operator-alone", requesters: [] });
    expect(run.tokensInput).toBeGreaterThan(0);
    const parts = JSON.stringify(await stage.ledger.partsOf({ triggerId: run.id, limit: 50 }));
    expect(parts).toMatch(/echo observed[\s\S]*seen/);
    expect(await stage.promises(run.id)).toEqual([]);
    await typed(id, "operator-alone");
    const again = await eventually("the next run", async () => {
      const [newest] = await stage.ledger.triggersOf({ anchorId: run.anchorId, limit: 1 });
      return newest?.id === run.id ? undefined : newest;
    });
    expect((await stage.ended(again?.id, TURN_MS)).status).toBe("completed");
    expect(await stage.ledger.triggersOf({ anchorId: run.anchorId, limit: 9 })).toHaveLength(2);
  });

  it("in a session of Thor's is a run of that conversation, and its thread is told", async () => {
    await typedWords("operator-helps");
    const conversation = await stage.conversation();
    const first = await stage.ended((await runner.ask(conversation, "just say hello")).body.triggerId, TURN_MS);
    const sessionId = first.sessionId ?? "";
    await typed(sessionId, "operator-helps");
    const run = await eventually("the observed run", async () =>
      (await stage.ledger.triggersOf({ anchorId: first.anchorId, limit: 1 })).find(({ cause }) => cause === "observed"),
    );
    expect((await stage.ended(run.id, TURN_MS)).status).toBe("completed");
    const { rows } = await stage.ledger.listPromises({
      stream: `slack:${conversation.channel}/${conversation.threadTs}`,
      limit: 20,
    });
    const said = await Promise.all(rows.map(({ id }) => stage.ledger.promisePayload({ id })));
    expect(JSON.stringify(said).match(/An operator is working/g)).toHaveLength(1);
    const next = await runner.ask(conversation, "just say hello");
    expect((await stage.ended(next.body.triggerId, TURN_MS)).sessionId).toBe(sessionId);
  });
});
