import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { ledgerOf, startWorld, type World } from "./world.ts";

const mention = (world: World, text = "hello") => `<@${world.facts.botUserId}> ${text}`;
const reactionsOf = async (world: World, ts: string) =>
  (await world.thread(ts))[0]?.reactions?.map(({ name }) => name) ?? [];

describe("the signed door", () => {
  it("answers 401 to a wrong, missing or stale signature and stores nothing", async () => {
    const world = await startWorld();
    const body = world.envelope({ type: "app_mention", text: mention(world, "forged-text"), ts: "1700000001.000001" });
    const now = Math.floor(Date.now() / 1000);
    expect((await world.post(body, { secret: "wrong" })).status).toBe(401);
    expect((await world.post(body, { timestamp: now - 301 })).status).toBe(401);
    expect((await world.post(body, { timestamp: now + 301 })).status).toBe(401);
    const unsigned = await fetch(`${world.url}/slack/events`, { method: "POST", body });
    expect(unsigned.status).toBe(401);
    const doubled = await fetch(`${world.url}/slack/events`, {
      method: "POST",
      body,
      headers: [
        ["x-slack-signature", "v0=a"],
        ["x-slack-signature", "v0=b"],
        ["x-slack-request-timestamp", String(now)],
      ],
    });
    expect(doubled.status).toBe(401);
    expect(world.ledgerText().includes("forged-text")).toBe(false);
  });

  it("answers a challenge, ignores what is no JSON, and refuses more than 1 MiB", async () => {
    const world = await startWorld();
    expect((await world.post('{"type":"url_verification","challenge":"abc"}')).body).toEqual({ challenge: "abc" });
    expect((await world.post("not json")).body).toMatchObject({ ignored: true, reason: "json_parse_error" });
    expect((await world.post("x".repeat(1024 * 1024 + 1))).status).toBe(413);
  });

  it("keeps routes between services closed without the secret, and shows strangers only that it lives", async () => {
    const world = await startWorld();
    const idle = await fetch(`${world.url}/internal/runner/idle`, { method: "POST", body: "{}" });
    expect(idle.status).toBe(401);
    expect(await (await fetch(`${world.url}/health`)).json()).toEqual({ status: "ok" });
  });
});

describe("admission", () => {
  it("turns the two copies of one mention into one run that may interrupt, and says that it heard", async () => {
    const world = await startWorld();
    const ts = await world.say(mention(world));
    const [prompt] = await world.prompts(1);
    expect(prompt).toContain("Slack event:");
    expect(world.heard[0]).toMatchObject({
      interrupt: true,
      correlationKey: `slack:thread:${world.facts.channel}/${ts}`,
      directory: `${world.workspace}/repos/demo`,
    });
    await eventually("the receipt", async () => (await reactionsOf(world, ts)).includes("eyes"));
    await world.restart();
    expect(world.heard).toHaveLength(1);
  });

  it("starts one run for one delivery sent three times: at once, later, and after a restart", async () => {
    const world = await startWorld();
    const body = world.envelope(
      { type: "app_mention", text: mention(world), ts: "1700000002.000001" },
      { id: "EvTHRICE" },
    );
    const answers = await Promise.all([world.post(body), world.post(body), world.post(body)]);
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(answers.filter(({ body: answer }) => answer["duplicate"] === true)).toHaveLength(2);
    await world.prompts(1);
    expect((await world.post(body)).body).toMatchObject({ duplicate: true });
    await world.restart();
    expect((await world.post(body)).body).toMatchObject({ duplicate: true });
    expect(world.heard).toHaveLength(1);
  });

  it("gathers replies of an engaged thread in the quiet window, in order, without a mention", async () => {
    const world = await startWorld();
    const ts = await world.say(mention(world));
    await world.prompts(1);
    await world.say("first reply", { threadTs: ts });
    await world.say("second reply", { threadTs: ts });
    const [, batch = ""] = await world.prompts(2);
    expect(batch).toContain("Slack events:");
    expect(batch.indexOf("first reply")).toBeLessThan(batch.indexOf("second reply"));
    expect(world.heard[1]?.interrupt).toBe(false);
    expect(world.heard[1]?.anchorId).toBe(world.heard[0]?.anchorId);
  });

  it("carries a reply that was sent before the first run began", async () => {
    const world = await startWorld({ env: { THOR_RETRY_MAX_ATTEMPTS: "100" } });
    let isReady = false;
    world.setRunner((_trigger, call) =>
      isReady
        ? { status: 200, body: { accepted: true, sessionId: "ses_1", resumed: false, triggerId: `t${call}` } }
        : { status: 503, body: {} },
    );
    const ts = await world.say(mention(world, "first words"));
    await world.prompts(1);
    await world.say("and one more thing", { threadTs: ts });
    isReady = true;
    const taken = await eventually("the reply at the runner", () =>
      world.heard.find(({ prompt }) => prompt.includes("and one more thing")),
    );
    expect(taken.anchorId).toBe(world.heard[0]?.anchorId);
  });

  it("keeps nothing of a message that is not for Thor", async () => {
    const world = await startWorld();
    const answer = await world.post(world.envelope({ text: "private-musings", ts: "1700000003.000001" }));
    expect(answer.body).toMatchObject({ ignored: true, reason: "not_engaged" });
    expect(world.ledgerText().includes("private-musings")).toBe(false);
    const other = await world.post(
      world.envelope({ type: "app_mention", text: mention(world), ts: "1700000004.000001" }, { team: "TOTHER" }),
    );
    expect(other.body).toMatchObject({ reason: "team_mismatch" });
    const ledger = await ledgerOf(world);
    const refusals = await ledger.auditPage({ limit: 10 });
    expect(JSON.stringify(refusals)).toContain("team_mismatch");
  });

  it("listens to no bot, itself included, also in a thread it is in", async () => {
    const world = await startWorld();
    const ts = await world.say(mention(world));
    await world.prompts(1);
    const inThread = { thread_ts: ts, text: "beep", ts: "1700000005.000001" };
    expect((await world.post(world.envelope({ ...inThread, bot_id: "B0OTHER" }))).body).toMatchObject({
      reason: "bot_sender",
    });
    expect((await world.post(world.envelope({ ...inThread, user: world.facts.botUserId }))).body).toMatchObject({
      reason: "self",
    });
  });
});

describe("channel gate", () => {
  it("acknowledges before it knows the channel, then opens with a receipt", async () => {
    const world = await startWorld();
    await world.fault([
      { id: "slow", match: { sim: "slack", method: "conversations.info" }, do: { delay: 700 }, times: 1 },
    ]);
    const startedAt = Date.now();
    const answer = await world.post(
      world.envelope({ type: "app_mention", text: mention(world), ts: "1700000006.000001", channel_type: undefined }),
    );
    expect(answer.body).toMatchObject({ ok: true });
    expect(Date.now() - startedAt).toBeLessThan(600);
    expect(world.heard).toHaveLength(0);
    await world.prompts(1);
  });

  it("refuses a private channel with a lock and keeps no word of it", async () => {
    const world = await startWorld();
    const secretChannel = "C0PRIVOPS1";
    const ts = await world.say(mention(world, "classified-words"), { channel: secretChannel });
    await eventually(
      "the lock",
      async () =>
        (await world.thread(ts, secretChannel))[0]?.reactions?.some(({ name }) => name === "lock") || undefined,
    );
    expect(world.heard).toHaveLength(0);
    // Closing the last connection writes the log back: what is scrubbed is then nowhere.
    await world.stop();
    expect(world.ledgerText().includes("classified-words")).toBe(false);
  });

  it("keeps the mention while Slack limits the look-up, and runs it once when Slack says so", async () => {
    const world = await startWorld();
    await world.fault([
      {
        id: "limit",
        match: { sim: "slack", method: "conversations.info" },
        do: { rateLimit: { retryAfter: 1 } },
        times: 1,
      },
    ]);
    const startedAt = Date.now();
    await world.post(
      world.envelope({ type: "app_mention", text: mention(world), ts: "1700000007.000001", channel_type: undefined }),
    );
    await world.prompts(1);
    expect(Date.now() - startedAt).toBeGreaterThanOrEqual(900);
    expect(world.heard).toHaveLength(1);
  });
});
