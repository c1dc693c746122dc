/** POST /trigger as a black box: who may call it, what it answers, and what never reaches OpenCode. */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { openStage, SECRET, type RunningRunner, type Stage } from "./stage.ts";

let stage: Stage;
let opencode: FakeOpencode;
let runner: RunningRunner;
const usual: Partial<FakeOpencode> = {};

beforeAll(async () => {
  [stage, opencode] = await Promise.all([openStage(), startFakeOpencode()]);
  Object.assign(usual, { onPrompt: opencode.onPrompt, onAbort: opencode.onAbort, instead: opencode.instead });
  runner = await stage.start(opencode.url);
}, 30_000);
beforeEach(() => {
  Object.assign(opencode, usual);
  opencode.calls.length = 0;
});
afterAll(async () => {
  await runner.close();
  await opencode.close();
  await stage.close();
});

const sends = () => opencode.calls.filter(({ path }) => path.endsWith("/prompt_async")).length;

describe("who may call", () => {
  it.each([{}, { "x-thor-internal-secret": "wrong" }, { "x-thor-internal-secret": SECRET.slice(1) }])(
    "refuses %o before it reads the body",
    async (headers) => {
      const tooLarge = "x".repeat(5 * 1024 * 1024);
      const refused = await runner.post(tooLarge, headers).catch(() => ({ status: 401 }));
      expect([refused.status, sends()]).toEqual([401, 0]);
    },
  );

  it("takes the previous secret too while it is being changed", async () => {
    const both = await stage.start(opencode.url, {
      THOR_INTERNAL_SECRET_PREVIOUS: "the secret before this one of 32 chars",
    });
    const headers = { "x-thor-internal-secret": "the secret before this one of 32 chars" };
    expect((await both.post({}, headers)).status).toBe(400);
    await both.close();
  });

  it("shows its counts to holders of the internal secret or of the scraper's token, and to nobody else", async () => {
    const token = "a token of the scraper";
    const measured = await stage.start(opencode.url, { THOR_METRICS_TOKEN: token });
    const scrape = async (headers: Record<string, string>) => {
      const answer = await fetch(`${measured.url}/metrics`, { headers });
      return { status: answer.status, text: await answer.text() };
    };
    const asked = await measured.ask(await stage.conversation(), "counted");
    await stage.ended(asked.body.triggerId);
    const counts = [
      'thor_runner_triggers_total{result="accepted"} 1',
      'thor_runner_run_seconds_count{status="completed"} 1',
      'thor_runner_stream_connected{stream="opencode"} 1',
    ];
    const bearer = { authorization: `Bearer ${token}` };
    await eventually("the counts", async () => {
      const { text } = await scrape(bearer);
      return counts.every((count) => text.includes(count)) ? true : undefined;
    });
    expect((await scrape({ "x-thor-internal-secret": SECRET })).status).toBe(200);
    for (const headers of [{}, { authorization: token }, { authorization: `Bearer ${token}x` }])
      expect(await scrape(headers)).toEqual({ status: 401, text: '{"error":"unauthorized"}' });
    await measured.close();
  });

  it("says nothing but ok in public, and names a missing OpenCode to those who know the secret", async () => {
    const alone = await stage.start("http://127.0.0.1:9");
    const inPublic = await fetch(`${alone.url}/health`);
    expect([inPublic.status, await inPublic.text()]).toEqual([200, '{"status":"ok"}']);
    const detail = await fetch(`${alone.url}/health`, { headers: { "x-thor-internal-secret": SECRET } });
    expect([detail.status, await detail.json()]).toMatchObject([200, { service: "runner", opencode: "disconnected" }]);
    await alone.close();
  });
});

describe("what is answered", () => {
  it("accepts a dispatch with its ids, ends the run once, and gives the same answer to the same dispatch", async () => {
    const conversation = await stage.conversation();
    const call = await stage.prepare(conversation, "hello");
    const first = await runner.post(call);
    expect(first).toMatchObject({ status: 200, body: { accepted: true, resumed: false } });
    expect((await stage.ended(first.body.triggerId)).status).toBe("completed");
    const again = await runner.post(call);
    expect(again.body).toMatchObject({ accepted: true, duplicate: true, triggerId: first.body.triggerId });
    const restarted = await stage.start(opencode.url);
    expect((await restarted.post(call)).body).toMatchObject({ duplicate: true });
    await restarted.close();
    expect(sends()).toBe(1);
  });

  it("notes what the conversation is called, and that it is gated unless Slack says that everybody reads it", async () => {
    const anchorOf = async (asked: Awaited<ReturnType<RunningRunner["ask"]>>) => {
      const { anchorId } = await stage.ended(asked.body.triggerId);
      return stage.ledger.anchorById({ anchorId });
    };
    const open = await anchorOf(await runner.ask(await stage.conversation(), "hello"));
    expect(open).toMatchObject({ title: expect.stringMatching(/\w/), visibility: "open" });
    const fault = {
      id: "info",
      match: { sim: "slack", method: "conversations.info" },
      do: { slackError: "fatal_error" },
    };
    await stage.sim("PUT", "/_sim/faults", [fault]);
    const unsure = await stage.start(opencode.url);
    expect(await anchorOf(await unsure.ask(await stage.conversation(), "hello"))).toMatchObject({
      visibility: "gated",
    });
    await stage.sim("DELETE", "/_sim/faults");
    await unsure.close();
  });

  it("answers a stale fence with 409 and does not speak to the session", async () => {
    const call = await stage.prepare(await stage.conversation(), "hello");
    const stale = await runner.post({ ...call, fence: call.fence + 1 });
    expect(stale).toMatchObject({ status: 409, body: { error: "stale_fence" } });
    expect(sends()).toBe(0);
  });

  it("takes a prompt of 2 MiB, and refuses more in bytes as in characters", async () => {
    const mebibyte = 1024 * 1024;
    const conversation = await stage.conversation();
    const largest = await runner.ask(conversation, "x".repeat(2 * mebibyte));
    expect(largest.status).toBe(200);
    await stage.ended(largest.body.triggerId);
    const call = await stage.prepare(await stage.conversation(), "x");
    expect((await runner.post({ ...call, prompt: "é".repeat(1.5 * mebibyte) })).status).toBe(400);
    const tooLarge = await runner.post("x".repeat(4 * mebibyte + 1)).catch(() => ({ status: 413 }));
    expect(tooLarge.status).toBe(413);
  });

  it.each([
    ["outside", () => "/etc"],
    ["the root itself", () => stage.repos],
    ["traversing", () => `${stage.repos}/demo/../../data`],
    ["linked out", () => join(stage.repos, "linked-out")],
    ["missing", () => join(stage.repos, "missing")],
    ["a file", () => join(stage.repos, "file")],
  ])("refuses a directory that is %s", async (_name, directory) => {
    rmSync(join(stage.repos, "linked-out"), { force: true });
    symlinkSync("/tmp", join(stage.repos, "linked-out"));
    writeFileSync(join(stage.repos, "file"), "");
    const refused = await runner.post({ prompt: "hello", directory: directory(), correlationKey: "cron:x" });
    expect(refused.status).toBe(400);
    expect(refused.body.error).toMatch(/^Directory not allowed: /);
    expect(sends()).toBe(0);
  });

  it("ends a run before it is sent when its pass cannot be written, and tells the person", async () => {
    const passes = join(stage.repos, "..", "not-a-directory");
    writeFileSync(passes, "");
    const broken = await stage.start(opencode.url, { THOR_PASSES_DIR: join(passes, "below") });
    const asked = await broken.ask(await stage.conversation(), "hello");
    const run = await stage.ended(asked.body.triggerId);
    expect([run.status, run.reason, sends()]).toEqual(["error", "pass_unwritable", 0]);
    await broken.close();
  });
});

describe("one conversation", () => {
  it("answers eight calls at once one after the other: one turn at a time, one session, no text twice", async () => {
    const conversation = await stage.conversation();
    const body = (at: number) => ({
      prompt: `part-${at}`,
      directory: join(stage.repos, "demo"),
      correlationKey: conversation.key,
    });
    const answers = await Promise.all(Array.from({ length: 8 }, (_, at) => runner.post(body(at))));
    const accepted = answers.filter((answer) => answer.body.accepted === true);
    const busy = answers.filter((answer) => answer.body.busy === true);
    expect([answers.every(({ status }) => status === 200), accepted.length + busy.length]).toEqual([true, 8]);
    const runs = await Promise.all(accepted.map(({ body: { triggerId } }) => stage.ended(triggerId)));
    expect(new Set(runs.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(sends()).toBe(accepted.length);
    const byStart = runs.toSorted((a, b) => a.startedAt - b.startedAt);
    for (const [at, run] of byStart.entries())
      expect(run.startedAt).toBeGreaterThanOrEqual(byStart[at - 1]?.endedAt ?? 0);
  });

  it("works in the directory of the conversation, and says so when another was asked for", async () => {
    const conversation = await stage.conversation();
    const first = await runner.ask(conversation, "hello");
    await stage.ended(first.body.triggerId);
    mkdirSync(join(stage.repos, "other"), { recursive: true });
    const other = join(stage.repos, "other");
    const second = await runner.ask(conversation, "hello again", { directory: other });
    const run = await stage.ended(second.body.triggerId);
    expect(second.body.sessionId).toBe(first.body.sessionId);
    expect(run.prompt).toContain(`This conversation works in its own directory, not in ${other}.`);
  });

  it("sends nothing, and leaves nothing behind, when the prompt call breaks off", async () => {
    opencode.instead = ({ path }) =>
      path.endsWith("/prompt_async") ? { status: 400, body: { error: "no" } } : undefined;
    const conversation = await stage.conversation();
    const asked = await runner.ask(conversation, "hello");
    const run = await stage.ended(asked.body.triggerId);
    expect([run.status, run.reason]).toEqual(["error", "prompt_refused"]);
    const lease = await stage.ledger.readLease({ name: `run:${run.anchorId}` });
    expect(lease?.holder).toBeUndefined();
    const health = await fetch(`${runner.url}/health`, { headers: { "x-thor-internal-secret": SECRET } });
    expect(await health.json()).toMatchObject({ runs: { driven: 0 } });
  });

  it("starts a prompt once although the answer to its send was lost", async () => {
    let lost = 0;
    const { onPrompt } = opencode;
    opencode.instead = ({ path }) => {
      if (!path.endsWith("/prompt_async") || lost > 0) return undefined;
      lost += 1;
      return "drop";
    };
    opencode.onPrompt = onPrompt;
    const asked = await runner.ask(await stage.conversation(), "hello");
    const run = await eventually("the run's end", async () => {
      const found = await stage.run(asked.body.triggerId);
      return found.endedAt === undefined ? undefined : found;
    });
    expect([run.status, lost]).toEqual(["completed", 1]);
  });
});
