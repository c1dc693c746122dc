/** The gateway's start and end: whose Slack it serves, what it says before it knows, and how it stops under load. */
import { eventually } from "@thor/kit/testing/eventually";
import { createKeptLog } from "@thor/kit/testing/kept-log";
import { describe, expect, it } from "vitest";

import { startGateway } from "../src/app.ts";
import { readConfig } from "../src/config.ts";
import { startOwnProcess } from "./own-process.ts";
import { ledgerOf, startWorld, type World } from "./world.ts";

const mentionOf = (world: World, number: number) =>
  world.envelope({
    type: "app_mention",
    text: `<@${world.facts.botUserId}> hello ${number}`,
    ts: `170000${String(number).padStart(4, "0")}.000001`,
  });

describe("who Thor is in Slack", () => {
  it("refuses a start whose settings contradict the token, naming all of them and no value", async () => {
    const world = await startWorld();
    await world.stop();
    const env = { ...world.env, SLACK_BOT_USER_ID: "U0SOMEBODY", SLACK_TEAM_ID: "T0ELSEWHERE" };
    const started = startGateway(readConfig(env), createKeptLog().log);
    await expect(started).rejects.toThrow(/SLACK_TEAM_ID[^]*SLACK_BOT_USER_ID/);
    await expect(started).rejects.not.toThrow(/SOMEBODY|ELSEWHERE/);
    const { teamId, botUserId } = world.facts;
    const right = { ...world.env, SLACK_BOT_USER_ID: botUserId, SLACK_TEAM_ID: teamId };
    await (await startGateway(readConfig(right), createKeptLog().log)).close();
  });

  it("has Slack come again while that is not known, and then takes what comes", async () => {
    const world = await startWorld();
    await world.stop();
    const asked = { sim: "slack", method: "auth.test" };
    await world.fault([{ id: "down", match: asked, do: { status: 500 } }]);
    const gateway = await startOwnProcess(world);
    const event = mentionOf(world, 1);
    expect(await world.post(event)).toEqual({ status: 503, body: { error: "slack_not_ready" } });
    await world.fault([]);
    await eventually("it is known", async () => (await world.post(event)).status === 200);
    await world.prompts(1);
    await gateway.kill();
  });

  it("ignores Slack when the token is refused for good, and goes on with the rest", async () => {
    const world = await startWorld({ env: { CRON_SECRET: "cron-secret-of-a-test-with-40-characters" } });
    await world.stop();
    await world.fault([{ id: "no", match: { sim: "slack", method: "auth.test" }, do: { slackError: "invalid_auth" } }]);
    await startOwnProcess(world);
    const reason = async () => (await world.post(mentionOf(world, 1))).body["reason"];
    await eventually("the token is refused", async () => (await reason()) === "no_bot_user_id");
    const posted = await fetch(`${world.url}/cron`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${world.env["CRON_SECRET"]}` },
      body: JSON.stringify({ prompt: "go on", directory: `${world.workspace}/repos/demo` }),
    });
    expect(posted.status).toBe(200);
    expect(await world.prompts(1)).toEqual(["go on"]);
  });
});

it("ends within its time under load: every sender is answered, nothing is held, nothing acknowledged is lost", async () => {
  const world = await startWorld();
  await world.stop();
  world.setRunner(async (_trigger, call) => {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    return { status: 200, body: { accepted: true, sessionId: "ses_1", resumed: false, triggerId: `t${call}` } };
  });
  const gateway = await startOwnProcess(world);
  for (let number = 1; number <= 10; number += 1) await world.post(mentionOf(world, number));
  await eventually("ten dispatches are under way", () => world.heard.length >= 10);
  const posted = Array.from({ length: 50 }, (_, at) => world.post(mentionOf(world, 100 + at)));
  const startedAt = Date.now();
  const [code, ...answers] = await Promise.all([gateway.terminate(), ...posted]);
  expect(code).toBe(0);
  expect(Date.now() - startedAt).toBeLessThan(15_000);
  const taken = answers.filter(({ status }) => status === 200).length;
  expect(taken + answers.filter(({ status }) => status === 503).length).toBe(50);
  const ledger = await ledgerOf(world);
  const stats = await ledger.queueStats();
  expect([stats.claimed, stats.lanes.held]).toEqual([0, 0]);
  await startOwnProcess(world);
  await world.prompts(10 + taken);
  expect(new Set(world.heard.map(({ correlationKey }) => correlationKey)).size).toBe(10 + taken);
  expect(world.heard).toHaveLength(10 + taken);
});
