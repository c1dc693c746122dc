/** Where conversations work, what travels together, and what a batch may hold. */
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";

import { review } from "./github-payloads.ts";
import { startGithubWorld } from "./github-world.ts";
import { ledgerOf, startWorld, type World } from "./world.ts";

const CRON = "cron-test-secret-of-at-least-32-characters";
const mention = (world: World, text: string) => `<@${world.facts.botUserId}> ${text}`;
const repo = (world: World, name: string) => join(world.workspace, "repos", name);

describe("a conversation", () => {
  it("that a schedule began is continued in its directory by a reply in its thread", async () => {
    const world = await startWorld({ env: { CRON_SECRET: CRON } });
    mkdirSync(repo(world, "other"));
    const threadTs = await world.say("Nightly report");
    await fetch(`${world.url}/cron`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: `Bearer ${CRON}` },
      body: JSON.stringify({
        prompt: "report",
        directory: repo(world, "other"),
        correlationKey: `slack:thread:${world.facts.channel}/${threadTs}`,
      }),
    });
    await world.prompts(1);
    await world.say(mention(world, "and the totals?"), { threadTs });
    await world.prompts(2);
    expect(world.heard[1]).toMatchObject({ anchorId: world.heard[0]?.anchorId, directory: repo(world, "other") });
  });

  it("of two keys gets one batch in its own directory, with a note about what concerns another one", async () => {
    const env = { THOR_QUIET_WINDOW_MS: "1500", THOR_QUIET_CAP_MS: "4000" };
    const world = await startGithubWorld({ env });
    world.clone("other", "https://github.com/acme/other.git");
    const threadTs = await world.say(mention(world, "start"));
    await world.prompts(1);
    const ledger = await ledgerOf(world);
    const anchorId = world.heard[0]?.anchorId ?? "";
    await ledger.bindAlias({ anchorId, type: "git.branch", value: "other:feature", source: "test" });
    const there = { repo: { full_name: "acme/other" } };
    const ofOther = {
      ...review("@thor please look", {
        pull_request: { head: { ref: "feature", sha: "b".repeat(40), ...there }, base: { ref: "main", ...there } },
      }),
      repository: { id: 2, full_name: "acme/other", default_branch: "main", private: true },
    };
    await world.deliver(ofOther, { event: "pull_request_review" });
    await world.say("and this", { threadTs });
    const prompt = (await world.prompts(2))[1] ?? "";
    expect(world.heard[1]).toMatchObject({ anchorId, directory: repo(world, "demo") });
    const order = ["Slack event:", "and this", "GitHub event:", "please look", "[Conversation directory]"];
    const places = order.map((words) => prompt.indexOf(words));
    expect(places.slice(0, 4)).toEqual(places.slice(0, 4).toSorted((a, b) => a - b));
    expect(Math.min(...places)).toBeGreaterThanOrEqual(0);
    expect(prompt).toMatch(/\[Conversation directory\][^\n]*other/);
    await world.say(mention(world, "the end"), { threadTs });
    await world.prompts(3);
    expect(world.heard[2]?.prompt).not.toContain("please look");
  });
});

describe("a channel's own repository file", () => {
  it.each([
    ["names a repository", { content: "other", repo: "other", says: "file" }],
    ["names one that is not there", { content: "gone", repo: "demo", says: "not_found" }],
    ["climbs", { content: "../demo", repo: "demo", says: "invalid_name" }],
    ["leads out by a link", { content: "linked", repo: "demo", says: "outside_root" }],
  ])("that %s", async (_what, { content, repo: expected, says }) => {
    const world = await startWorld();
    mkdirSync(repo(world, "other"));
    symlinkSync("/usr", repo(world, "linked"));
    const folder = join(world.workspace, "memory/thor/repo-by-slack-channel");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, `${world.facts.channel}.txt`), `${content}\n`);
    await world.say(mention(world, "hello"));
    const [prompt] = await world.prompts(1);
    expect(world.heard[0]?.directory).toBe(repo(world, expected));
    const routing = prompt?.slice(prompt.indexOf("[Slack routing]"));
    expect(routing).toContain(says);
  });

  it("that changes later does not move a conversation that has begun", async () => {
    const world = await startWorld();
    mkdirSync(repo(world, "other"));
    const folder = join(world.workspace, "memory/thor/repo-by-slack-channel");
    mkdirSync(folder, { recursive: true });
    const file = join(folder, `${world.facts.channel}.txt`);
    writeFileSync(file, "other\n");
    const threadTs = await world.say(mention(world, "hello"));
    await world.prompts(1);
    writeFileSync(file, "demo\n");
    await world.say(mention(world, "and now"), { threadTs });
    await world.say(mention(world, "somewhere else"));
    await world.prompts(3);
    const directories = world.heard.map(({ directory }) => directory);
    expect(directories.toSorted()).toEqual([repo(world, "demo"), repo(world, "other"), repo(world, "other")]);
  });

  it("that is a link is not followed", async () => {
    const world = await startWorld();
    mkdirSync(repo(world, "other"));
    const folder = join(world.workspace, "memory/thor/repo-by-slack-channel");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(world.workspace, "secret.txt"), "other");
    symlinkSync(join(world.workspace, "secret.txt"), join(folder, `${world.facts.channel}.txt`));
    await world.say(mention(world, "hello"));
    const [prompt] = await world.prompts(1);
    expect(world.heard[0]?.directory).toBe(repo(world, "demo"));
    expect(prompt).toContain("unreadable");
  });
});

describe("sixty long comments", () => {
  it("travel in several batches, none too large, none lost, in order", async () => {
    const world = await startWorld({ env: { THOR_QUIET_WINDOW_MS: "2500", THOR_QUIET_CAP_MS: "15000" } });
    const threadTs = "1700000000.000001";
    await world.post(world.envelope({ type: "app_mention", text: mention(world, "start"), ts: threadTs }));
    await world.prompts(1);
    for (let n = 10; n < 70; n += 1) {
      const text = `comment-${n} ${"long ".repeat(13_000)}`;
      const answer = await world.post(world.envelope({ text, ts: `1700000001.0000${n}`, thread_ts: threadTs }));
      expect(answer.status).toBe(200);
    }
    const seen = () => world.heard.slice(1).flatMap(({ prompt }) => prompt.match(/comment-\d+/g) ?? []);
    const all = await eventually("every comment", () => (seen().length >= 60 ? seen() : undefined), 25_000);
    expect(all).toEqual(Array.from({ length: 60 }, (_, n) => `comment-${n + 10}`));
    expect(world.heard.length).toBeGreaterThan(7);
    for (const { prompt } of world.heard) expect(Buffer.byteLength(prompt)).toBeLessThanOrEqual(512 * 1024);
  });
});
