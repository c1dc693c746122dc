import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { ledgerOf, SECRET, startWorld, type World } from "./world.ts";

const PRIVATE = "C0PRIVOPS1";
const Deliveries = z.array(z.object({ state: z.string() }));
const mention = (world: World, text: string) => `<@${world.facts.botUserId}> ${text}`;
const setConfig = (world: World, config: object) =>
  writeFileSync(join(world.workspace, "config/thor.json"), JSON.stringify(config));
const listed = { profiles: { OPS: { channels: [PRIVATE] } } };

describe("doors that lead nowhere", () => {
  it("say so, and repeat nothing of what they were sent", async () => {
    const world = await startWorld();
    const redirect = await fetch(`${world.url}/slack/redirect?code=hidden-code`);
    expect([redirect.status, await redirect.text()]).toEqual([501, '{"error":"not_implemented"}']);
    const hook = await fetch(`${world.url}/hooks/any-name`, { method: "POST", body: "{}" });
    expect([hook.status, await hook.json()]).toEqual([404, { error: "recipe_not_found" }]);
    const nowhere = await fetch(`${world.url}/nowhere`);
    expect([nowhere.status, await nowhere.json()]).toEqual([404, { error: "not_found" }]);
    const large = await world.post("x".repeat(1024 * 1024 + 1));
    expect(large).toEqual({ status: 413, body: { error: "body_too_large", limit: 1024 * 1024 } });
    expect((await fetch(`${world.url}/metrics`)).status).toBe(401);
  });
});

describe("health", () => {
  const ask = async (world: World) => {
    const response = await fetch(`${world.url}/health`, { headers: { "x-thor-internal-secret": SECRET } });
    return { status: response.status, detail: z.record(z.string(), z.unknown()).parse(await response.json()) };
  };

  it("shows strangers one word, and those with the secret what is wrong", async () => {
    const world = await startWorld({ env: { REMOTE_CLI_URL: "http://127.0.0.1:9" } });
    await world.say(mention(world, "hello"));
    await world.prompts(1);
    const stranger = await fetch(`${world.url}/health`);
    expect([stranger.status, await stranger.text()]).toEqual([200, '{"status":"ok"}']);
    const { status, detail } = await ask(world);
    expect(status).toBe(200);
    expect(detail).toMatchObject({
      status: "degraded",
      ready: true,
      service: "gateway",
      configured: { slack: true, github: false },
      services: { runner: "ok", remoteCli: "unreachable" },
      queue: { status: "ok", staleThresholdMs: 900_000, staleEventCount: 0, deadLetterCount: 0, paused: false },
      slack: { mode: "http", identity: "known", team: world.facts.teamId, lastEventAt: expect.any(Number) },
      config: { degraded: false },
      ledger: { writable: true, schema: expect.any(Number), walBytes: expect.any(Number) },
    });
  });
});

describe("the quiet window", () => {
  it("gathers plain replies and hands them over at its cap, however steadily they come", async () => {
    const world = await startWorld({ env: { THOR_QUIET_WINDOW_MS: "900", THOR_QUIET_CAP_MS: "2500" } });
    const threadTs = await world.say(mention(world, "start"));
    await world.prompts(1);
    const startedAt = Date.now();
    for (let n = 0; world.heard.length < 2 && n < 20; n += 1) {
      await world.say(`steady-${n}.`, { threadTs });
      await eventually("a little later", () => Date.now() - startedAt > (n + 1) * 500 || undefined);
    }
    const tookMs = Date.now() - startedAt;
    expect(tookMs).toBeGreaterThan(2000);
    expect(tookMs).toBeLessThan(6000);
    for (const n of [0, 1, 2]) expect(world.heard[1]?.prompt).toContain(`steady-${n}.`);
  });
});

describe("channels that thor.json lists", () => {
  it("wake Thor without a mention in a listed direct message only", async () => {
    const world = await startWorld({ config: { profiles: { DM: { channels: ["D0LISTED01"] } } } });
    const direct = (channel: string, ts: string) =>
      world.post(world.envelope({ text: `hello from ${channel}`, ts, channel, channel_type: "im" }));
    expect((await direct("D0LISTED01", "1700000001.000001")).body).toMatchObject({ ok: true });
    expect((await world.prompts(1))[0]).toContain("hello from D0LISTED01");
    expect((await direct("D0OTHER001", "1700000002.000001")).body).toMatchObject({
      reason: "private_channel_not_allowlisted",
    });
    expect(world.heard).toHaveLength(1);
  });

  it("are not admitted by a faulty file: what it drops is gated at once, what it adds never comes in", async () => {
    const world = await startWorld({ config: listed });
    await world.say(mention(world, "while all is well"), { channel: PRIVATE });
    await world.prompts(1);
    setConfig(world, { profiles: { OPS: { channels: ["C0ENG00001"] } }, owners: "no owners" });
    await eventually("the fault is known", () =>
      world.lines.some(({ event }) => event === "config_reload_failed_using_last_good"),
    );
    const gated = { channel_type: "group", type: "app_mention" };
    for (const channel of [PRIVATE, "C0ENG00001"]) {
      const ts = channel === PRIVATE ? "1700000001.000001" : "1700000002.000001";
      const said = await world.post(world.envelope({ ...gated, text: mention(world, "in doubt"), ts, channel }));
      expect(said.body).toMatchObject({ reason: "private_channel_not_allowlisted" });
    }
    setConfig(world, listed);
    const ts = "1700000003.000001";
    await eventually("the mended file is believed", async () => {
      const event = world.envelope({ ...gated, text: mention(world, "mended"), ts, channel: PRIVATE });
      return (await world.post(event)).body["eventId"] !== undefined;
    });
  });

  it("lose their messages that still wait when they are taken off the list", async () => {
    const config = { env: { THOR_QUIET_WINDOW_MS: "4000", THOR_QUIET_CAP_MS: "8000" }, config: listed };
    const world = await startWorld(config);
    const threadTs = await world.say(mention(world, "start"), { channel: PRIVATE });
    await world.prompts(1);
    await world.say("waiting-words", { channel: PRIVATE, threadTs });
    setConfig(world, { profiles: {} });
    const ledger = await ledgerOf(world);
    const dropped = await eventually("the message is dropped", async () => {
      const { rows } = await ledger.listEvents({ state: "dropped", limit: 5 });
      return rows[0];
    });
    expect(dropped.reason).toBe("private_channel_not_allowlisted");
    expect(world.heard).toHaveLength(1);
  });
});

describe("a channel that becomes private", () => {
  it("is gated from the next message on", async () => {
    const world = await startWorld();
    await world.say(mention(world, "while it was public"));
    await world.prompts(1);
    const convert = { sim: "slack", do: "convert", as: "U0ALICE001", channel: world.facts.channel, to: "private" };
    await world.sim("POST", "/_sim/act", convert);
    await eventually("Slack told everything", async () => {
      const deliveries = Deliveries.parse(await world.sim("GET", "/_sim/slack/deliveries"));
      return deliveries.every(({ state }) => state === "delivered") || undefined;
    });
    const ts = await world.say(mention(world, "after it was made private"));
    await eventually("the lock", async () =>
      (await world.thread(ts))[0]?.reactions?.find(({ name }) => name === "lock"),
    );
    await world.say(mention(world, "elsewhere"), { channel: "C0ENG00001" });
    expect((await world.prompts(2))[1]).toContain("elsewhere");
  });
});

describe("a Slack that hangs", () => {
  it("holds up no other thread, and the call ends by itself", async () => {
    const world = await startWorld();
    await world.fault([
      { id: "hang", match: { sim: "slack", method: "conversations.info" }, do: { delay: 60_000 }, times: 1 },
    ]);
    const first = world.envelope({
      type: "app_mention",
      text: mention(world, "stuck"),
      ts: "1700000001.000001",
      channel_type: undefined,
    });
    await world.post(first);
    await world.say(mention(world, "other"), { channel: "C0ENG00001" });
    expect((await world.prompts(1))[0]).toContain("other");
    const prompts = await world.prompts(2);
    expect(prompts[1]).toContain("stuck");
  });
});
