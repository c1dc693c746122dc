/** What Thor promises while something it needs is broken: nothing lost, nothing doubled, no storm, and people hear of it. */
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { holdWrites, takeEventsAway } from "@thor/ledger/testing/faults";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { onPullRequest } from "./github-payloads.ts";
import { startGithubWorld, view } from "./github-world.ts";
import { startOwnProcess } from "./own-process.ts";
import { ledgerOf, SECRET, startWorld, type World } from "./world.ts";

const NEW_CHANNEL = "C0ENG00001";
const Deliveries = z.array(z.object({ state: z.string() }));
const Call = z.object({ method: z.string() });
const mention = (world: World, text: string) => `<@${world.facts.botUserId}> ${text}`;
const taken = (call: number) => ({
  status: 200,
  body: { accepted: true, sessionId: "ses_1", resumed: false, triggerId: `t${call}` },
});
const callsOf = async ({ facts }: World, method: string) => {
  const lines = (await (await fetch(new URL("/_sim/traffic?sim=slack", facts.apiUrl))).text()).split("\n");
  const calls = lines.filter((line) => line !== "").map((line) => Call.parse(JSON.parse(line)));
  return calls.filter((call) => call.method === method).length;
};
const hasMark = (world: World, at: { ts: string; channel?: string }, mark: string) =>
  eventually(`the mark ${mark}`, async () =>
    (await world.thread(at.ts, at.channel))[0]?.reactions?.find(({ name }) => name === mark),
  );
const hasSaid = (world: World, ts: string, words: string) =>
  eventually(`"${words}" in the thread`, async () => (await world.thread(ts)).find(({ text }) => text.includes(words)));

describe("Slack", () => {
  it.each([
    ["answers 500", { status: 500 }],
    ["limits calls", { rateLimit: { retryAfter: 1 } }],
    ["cuts its answers", { cut: { afterBytes: 5 } }],
    ["is slow", { delay: 1500 }],
  ])("%s: the mention runs once and is marked as heard, at one call for each pause", async (name, deed) => {
    const world = await startWorld();
    const calls = ["conversations.info", "reactions.add"];
    await world.fault(calls.map((method) => ({ id: method, match: { sim: "slack", method }, do: deed, times: 2 })));
    const ts = await world.say(mention(world, name), { channel: NEW_CHANNEL });
    await world.prompts(1);
    await hasMark(world, { ts, channel: NEW_CHANNEL }, "eyes");
    for (const method of calls) expect(await callsOf(world, method)).toBeLessThanOrEqual(3);
    expect(world.heard).toHaveLength(1);
  });
});

it("says in a channel what belongs to no thread, once although the answer to its post was cut", async () => {
  const world = await startWorld();
  const match = { sim: "slack", method: "chat.postMessage" };
  await world.fault([{ id: "cut", match, do: { cut: { afterBytes: 5 } }, times: 1 }]);
  const { channel, apiUrl } = world.facts;
  const payload = { kind: "slack.post" as const, channel, text: "a scheduled run failed" };
  const ledger = await ledgerOf(world);
  const promise = { kind: payload.kind, stream: `slack:${channel}`, dedupeKey: "failure:t1", payload };
  await ledger.enqueueOutbox(promise);
  await eventually("the promise is kept", async () => {
    const { rows } = await ledger.listPromises({ stream: promise.stream, limit: 5 });
    return rows[0]?.state === "done" || undefined;
  });
  const asked = await fetch(`${apiUrl}/conversations.history?channel=${channel}`, {
    headers: { authorization: `Bearer ${world.env["SLACK_BOT_TOKEN"]}` },
  });
  expect((await asked.text()).split("a scheduled run failed")).toHaveLength(2);
  expect(await callsOf(world, "chat.postMessage")).toBe(1);
});

describe("the runner", () => {
  it("is away: growing pauses, one notice that goes away, one run", async () => {
    const world = await startWorld({
      env: { THOR_RETRY_BASE_MS: "200", THOR_RETRY_CAP_MS: "20000", THOR_DELAY_NOTICE_MS: "1500" },
    });
    const backAt = Date.now() + 6000;
    world.setRunner((_trigger, call) => (Date.now() < backAt ? undefined : taken(call)));
    const ts = await world.say(mention(world, "hello"));
    await hasSaid(world, ts, "Still trying");
    await eventually("the notice is gone", async () =>
      (await world.thread(ts)).every(({ text }) => !text.includes("Still trying")),
    );
    expect(Date.now()).toBeGreaterThan(backAt);
    // 200 ms doubled until 6 s are over, and each pause at least half of that: no more than seven attempts fit.
    expect(world.heard.length).toBeLessThanOrEqual(8);
    expect(await callsOf(world, "chat.postMessage")).toBe(1);
  });

  it("does not answer: a run that had begun is not begun again, one that had not is", async () => {
    const world = await startWorld();
    const ledger = await ledgerOf(world);
    const opened: string[] = [];
    world.setRunner(async ({ dispatchId, anchorId, lane, fence, prompt }, call) => {
      if (call === 1) return undefined;
      const run = { triggerId: `t${call}`, anchorId, dispatchId, lane, fence, sessionId: "ses_1", prompt };
      const outcome = await ledger.openTrigger({
        ...run,
        source: "slack",
        requesters: [],
        promptMessageId: "msg_1",
        promptPartId: "prt_1",
        holder: "runner:test",
        interrupt: true,
      });
      opened.push(outcome.kind);
      return undefined;
    });
    await world.say(mention(world, "hello"));
    await world.prompts(2);
    await eventually("the event is done", async () => {
      const { rows } = await ledger.listEvents({ state: "done", limit: 5 });
      return rows.length === 1 && opened.length > 0;
    });
    expect(opened).toEqual(["opened"]);
    expect(new Set(world.heard.map(({ dispatchId }) => dispatchId)).size).toBe(2);
  });
});

describe("remote-cli", () => {
  it("is away: a comment on a pull request waits, people's other words do not, and it runs once", async () => {
    const world = await startGithubWorld({ env: { THOR_RETRY_MAX_ATTEMPTS: "100" } });
    let isAway = true;
    const { setRemote, commands } = world;
    setRemote(() => (isAway ? undefined : { stderr: "", stdout: "{}" }));
    await world.deliver(onPullRequest("@thor look here"), { event: "issue_comment" });
    await eventually("a look-up that failed", () => commands().some((line) => line.startsWith("gh pr view")));
    await world.say(mention(world, "something else"));
    expect((await world.prompts(1))[0]).toContain("something else");
    isAway = false;
    setRemote(({ args }) => (args[1] === "view" ? view() : {}));
    expect((await world.prompts(2))[1]).toContain("look here");
    await world.say(mention(world, "and the last"));
    await world.prompts(3);
    expect(world.heard.filter(({ prompt }) => prompt.includes("look here"))).toHaveLength(1);
  });
});

describe("the ledger", () => {
  it("is locked: Slack is told to try again in time, and its retry runs once", async () => {
    const world = await startWorld();
    const release = holdWrites(join(world.workspace, "data/thor.db"));
    const startedAt = Date.now();
    const event = world.envelope({ type: "app_mention", text: mention(world, "locked"), ts: "1700000001.000001" });
    const refused = await world.post(event);
    expect(refused.status).toBe(503);
    expect(Date.now() - startedAt).toBeLessThan(5000);
    release();
    const copies = await eventually("the retry is taken", async () => {
      const answer = await world.post(event);
      return answer.status === 200 ? answer : undefined;
    });
    expect(copies.body["ok"]).toBe(true);
    await world.prompts(1);
    await world.say(mention(world, "later"));
    expect((await world.prompts(2))[1]).toContain("later");
  });

  it("has no room: nothing is acknowledged and health says so; when there is room again the retry runs once", async () => {
    const world = await startWorld();
    await world.stop();
    const gateway = await startOwnProcess(world);
    await world.say(mention(world, "before"));
    await world.prompts(1);
    gateway.limitFiles(4096);
    const event = world.envelope({ type: "app_mention", text: mention(world, "full"), ts: "1700000002.000001" });
    expect((await world.post(event)).status).toBeGreaterThanOrEqual(500);
    await eventually("health says so", async () => (await fetch(`${world.url}/health`)).status === 503);
    gateway.limitFiles("unlimited");
    await eventually("the retry is taken", async () => (await world.post(event)).status === 200);
    expect((await world.prompts(2))[1]).toContain("full");
    await eventually("health is well", async () => (await fetch(`${world.url}/health`)).ok);
    expect(world.heard).toHaveLength(2);
  });

  it("cannot be read: health says so", async () => {
    const world = await startWorld();
    await world.stop();
    await startOwnProcess(world);
    takeEventsAway(join(world.workspace, "data", "thor.db"));
    expect((await fetch(`${world.url}/health`)).status).toBe(503);
    const asked = await fetch(`${world.url}/health`, { headers: { "x-thor-internal-secret": SECRET } });
    expect(await asked.json()).toMatchObject({
      status: "error",
      ready: false,
      queue: { error: expect.stringContaining("queue snapshot failed: ") },
    });
  });
});

describe("the gateway itself", () => {
  it("reads after a start what it missed, each message once", async () => {
    const world = await startWorld({ env: { THOR_BACKFILL: "1" } });
    const threadTs = await world.say(mention(world, "start"));
    await world.prompts(1);
    await world.stop();
    await world.say("a reply nobody heard", { threadTs });
    await world.say(mention(world, "a mention nobody heard"));
    await world.say("words for nobody");
    await eventually("Slack gives up on the last of them", async () => {
      const deliveries = Deliveries.parse(await world.sim("GET", "/_sim/slack/deliveries"));
      return deliveries.every(({ state }) => state !== "pending") || undefined;
    });
    await world.restart();
    const prompts = await world.prompts(3);
    for (const words of ["a reply nobody heard", "a mention nobody heard"])
      expect(prompts.filter((prompt) => prompt.includes(words))).toHaveLength(1);
    await world.restart();
    await world.say(mention(world, "the last"));
    expect((await world.prompts(4))[3]).toContain("the last");
    expect(world.ledgerText()).not.toContain("words for nobody");
  });

  it("is killed after each acknowledgement: every mention runs exactly once", async () => {
    const world = await startWorld();
    await world.stop();
    for (const turn of [1, 2]) {
      const gateway = await startOwnProcess(world);
      const ts = `170000000${turn}.000001`;
      const event = world.envelope({ type: "app_mention", text: mention(world, `turn ${turn}`), ts });
      await eventually("an acknowledgement", async () => (await world.post(event)).status === 200);
      await gateway.kill();
    }
    await startOwnProcess(world);
    await eventually("both", () => world.heard.length >= 2, 25_000);
    for (const turn of [1, 2])
      expect(world.heard.filter(({ prompt }) => prompt.includes(`turn ${turn}`))).toHaveLength(1);
  });
});
