/** The doors of operators, tests and other services: stop, continue and answer, the stream of a run, helper runs. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { openStage, SECRET, type RunningRunner, type Stage } from "./stage.ts";

let stage: Stage;
let opencode: FakeOpencode;
let runner: RunningRunner;
const BY = { kind: "admin", id: "ann@example.com", name: "Ann" };

beforeAll(async () => {
  [stage, opencode] = await Promise.all([openStage(), startFakeOpencode()]);
  runner = await stage.start(opencode.url, { THOR_E2E_TEST_HELPERS: "1" });
}, 30_000);
beforeEach(() => {
  opencode.instead = () => undefined;
});
afterAll(async () => {
  await runner.close();
  await opencode.close();
  await stage.close();
});

const post = (url: string, path: string, { body, secret = SECRET }: { body: unknown; secret?: string }) =>
  fetch(url + path, {
    method: "POST",
    headers: { "content-type": "application/json", "x-thor-internal-secret": secret },
    body: JSON.stringify(body),
  });
const call = async (path: string, body: unknown) => {
  const answer = await post(runner.url, path, { body });
  return { status: answer.status, body: await answer.json() };
};
const promptly: FakeOpencode["onPrompt"] = (sessionId, { messageID }) => {
  opencode.user(sessionId, messageID);
  opencode.say(sessionId, { text: "the answer", finish: "stop" });
  opencode.idle(sessionId);
};
/** A prompt that is worked on until the test says otherwise. */
const working: FakeOpencode["onPrompt"] = (sessionId, { messageID }) => {
  opencode.user(sessionId, messageID);
  opencode.busy.set(sessionId, { type: "busy" });
};
/** A run that is being worked on until somebody stops it. */
async function ongoing() {
  opencode.onPrompt = working;
  const conversation = await stage.conversation();
  const { body } = await runner.ask(conversation, "hello");
  await eventually("the prompt is sent", async () => (await stage.run(body.triggerId)).promptSentAt);
  return { conversation, triggerId: body.triggerId ?? "" };
}

describe("other services", () => {
  it.each(["/internal/stop", "/internal/answer", "/internal/continue", "/internal/e2e/trigger-context"])(
    "are refused at %s without the secret, and told what was wrong with their words",
    async (path) => {
      expect((await post(runner.url, path, { body: {}, secret: "wrong" })).status).toBe(401);
      expect((await call(path, { by: "nobody" })).status).toBe(400);
    },
  );

  it("stop a run, hear its report, and two at once hear the same one; then there is nothing to stop", async () => {
    const { conversation, triggerId } = await ongoing();
    const anchorId = await stage.wait(conversation);
    const both = await Promise.all([
      call("/internal/stop", { triggerId, by: BY, reason: "wrong branch" }),
      call("/internal/stop", { anchorId, by: BY }),
    ]);
    for (const { status, body } of both) {
      expect([status, body]).toEqual([200, { stopped: true, report: expect.stringMatching(/^⏹ Stopped after \d+s/) }]);
      expect(body).toMatchObject({ report: expect.stringContaining("1 message kept") });
    }
    expect(await stage.run(triggerId)).toMatchObject({ status: "aborted", reason: "user_stop" });
    const { channel, threadTs } = conversation;
    const { rows } = await stage.ledger.listPromises({ stream: `slack:${channel}/${threadTs}`, limit: 20 });
    expect(rows.filter(({ dedupeKey }) => dedupeKey.startsWith("stopped:"))).toHaveLength(1);
    const again = await call("/internal/stop", { triggerId, by: BY });
    expect(again).toEqual({ status: 404, body: { error: "no_open_run" } });
  });

  it("let an ended run go on once, and are told when it is at work already or unknown", async () => {
    const { triggerId } = await ongoing();
    const busy = await call("/internal/continue", { triggerId, by: BY, clickId: `busy-${triggerId}` });
    expect(busy).toEqual({ status: 409, body: { error: "busy" } });
    await call("/internal/stop", { triggerId, by: BY });
    opencode.onPrompt = promptly;
    const wish = { triggerId, by: BY, clickId: `go-${triggerId}` };
    const went = await call("/internal/continue", wish);
    const { triggerId: next } = z.object({ triggerId: z.string() }).parse(went.body);
    expect([went.status, (await stage.ended(next)).cause]).toEqual([200, "continue"]);
    expect(await call("/internal/continue", wish)).toEqual(went);
    const unknown = await call("/internal/continue", { triggerId: "none", by: BY, clickId: "c" });
    expect(unknown).toEqual({ status: 404, body: { error: "no_such_run" } });
  });

  it("answer a question once; the second is told who did, and so is one about a card that never was", async () => {
    opencode.onPrompt = (sessionId, prompt) => {
      working(sessionId, prompt);
      opencode.emit("question.asked", { id: "que_1", sessionID: sessionId });
    };
    const replies: string[] = [];
    opencode.instead = ({ method, path }) => {
      const sessionID = [...opencode.busy.keys()].at(-1) ?? "";
      const questions = [{ question: "Which?", header: "One", options: [{ label: "Red", description: "warm" }] }];
      if (method === "GET" && path === "/question")
        return { status: 200, body: replies.length > 0 ? [] : [{ id: "que_1", sessionID, questions }] };
      if (path === "/question/que_1/reply") {
        replies.push(path);
        opencode.say(sessionID, { text: "then red", finish: "stop" });
        opencode.idle(sessionID);
        return { status: 200, body: true };
      }
      return undefined;
    };
    const { body } = await runner.ask(await stage.conversation(), "hello");
    const { anchorId } = await stage.run(body.triggerId);
    const card = await eventually("its card", async () =>
      (await stage.ledger.openCards({ anchorId })).find(({ messageTs }) => messageTs !== undefined),
    );
    const answer = (clickId: string) =>
      call("/internal/answer", { cardId: card.id, text: "the red one", by: BY, clickId });
    expect(await answer("first")).toEqual({ status: 200, body: { result: "answered" } });
    expect(await answer("second")).toEqual({
      status: 409,
      body: { error: "already_answered", by: "admin:ann@example.com" },
    });
    expect((await stage.ended(body.triggerId)).status).toBe("completed");
    expect(replies).toHaveLength(1);
    const none = await call("/internal/answer", { cardId: "none", text: "x", by: BY, clickId: "third" });
    expect(none).toEqual({ status: 404, body: { error: "no_such_card" } });
  });
});

describe("the direct form", () => {
  const direct = (body: object) =>
    post(runner.url, "/trigger", { body: { directory: `${stage.repos}/demo`, prompt: "a direct prompt", ...body } });

  it("streams how the run goes, and last what the agent itself said, each word once", async () => {
    opencode.onPrompt = (sessionId, prompt) => {
      working(sessionId, prompt);
      opencode.say(sessionId, { text: "first words", finish: "tool-calls" });
      setTimeout(() => {
        opencode.say(sessionId, { text: "last words", finish: "stop" });
        opencode.idle(sessionId);
      }, 300);
    };
    const answer = await direct({ stream: true, correlationKey: "cron:stream" });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/x-ndjson"]);
    const lines = (await answer.text()).trim().split("\n");
    const parsed = lines.map((line) => z.looseObject({ type: z.string() }).parse(JSON.parse(line)));
    expect(parsed.slice(0, -1).map(({ type }) => type)).toContain("progress");
    expect(parsed.at(-1)).toMatchObject({
      type: "done",
      status: "completed",
      correlationKey: "cron:stream",
      resumed: false,
      response: "first words\n\nlast words",
      toolCalls: [],
    });
  });

  it("goes on without its caller, and says how a run failed", async () => {
    const hangUp = new AbortController();
    opencode.onPrompt = (sessionId, prompt) => {
      working(sessionId, prompt);
      setTimeout(() => {
        opencode.say(sessionId, { error: { name: "APIError", data: { message: "no such thing", statusCode: 400 } } });
        opencode.idle(sessionId);
      }, 500);
    };
    const body = JSON.stringify({
      prompt: "x",
      directory: `${stage.repos}/demo`,
      stream: true,
      correlationKey: "cron:left",
    });
    const headers = { "content-type": "application/json", "x-thor-internal-secret": SECRET };
    const left = await fetch(`${runner.url}/trigger`, { method: "POST", headers, body, signal: hangUp.signal });
    await left.body?.getReader().read();
    hangUp.abort();
    const last = await eventually("the run that was left alone", async () => {
      const ended = runner.hearing.events.filter(({ event }) => event === "session_done").at(-1);
      return ended?.["status"] === "error" ? ended : undefined;
    });
    expect(await stage.run(String(last["triggerId"]))).toMatchObject({ status: "error", error: "no such thing" });
    const failed = await direct({ stream: true, correlationKey: "cron:fails" });
    expect((await failed.text()).trim().split("\n").at(-1)).toMatch(/"status":"error","error":"no such thing"/);
  });

  it("is answered when OpenCode has the prompt, or refused with OpenCode's reason", async () => {
    opencode.onPrompt = promptly;
    const taken = z.object({ triggerId: z.string() }).parse(await (await direct({})).json());
    expect((await stage.run(taken.triggerId)).promptSentAt).toBeDefined();
    opencode.instead = ({ path }) =>
      path.endsWith("/prompt_async") ? { status: 400, body: { why: "malformed" } } : undefined;
    const refused = await direct({});
    expect(refused.status).toBe(500);
    expect(await refused.json()).toMatchObject({ error: "Failed to send prompt", sessionId: /^ses_/ });
  });

  it("binds its key to the conversation of the session it names, and a key that binds nothing leaves no name", async () => {
    opencode.onPrompt = promptly;
    const named = z.object({ triggerId: z.string(), sessionId: z.string() });
    const conversation = await stage.conversation();
    const first = await runner.ask(conversation, "hello");
    const { anchorId } = await stage.ended(first.body.triggerId);
    const correlationKey = `github:issue:demo:acme/demo#${Date.now()}`;
    const here = named.parse(await (await direct({ sessionId: first.body.sessionId, correlationKey })).json());
    expect((await stage.ended(here.triggerId)).anchorId).toBe(anchorId);
    const later = named.parse(await (await direct({ correlationKey })).json());
    expect(later.sessionId).toBe(first.body.sessionId);
    await stage.ended(later.triggerId);
    const loose = named.parse(await (await direct({ correlationKey: "cron:loose:1" })).json());
    const other = await stage.ended(loose.triggerId);
    expect(other.anchorId).not.toBe(anchorId);
    const names = (await stage.ledger.aliasesOf({ anchorId: other.anchorId })).map(({ type }) => type);
    expect(names.filter((type) => !type.includes("session"))).toEqual([]);
  });

  it("is the only one that streams", async () => {
    const dispatched = await stage.prepare(await stage.conversation(), "hello");
    expect((await call("/trigger", { ...dispatched, stream: true })).status).toBe(400);
  });
});

describe("helper runs", () => {
  it("exist only where they are switched on", async () => {
    const plain = await stage.start(opencode.url);
    for (const path of ["trigger-context", "trigger-end"])
      expect((await post(plain.url, `/internal/e2e/${path}`, { body: {} })).status).toBe(404);
    await plain.close();
  });

  it("have a session and its token, are driven by nobody, and end when told", async () => {
    const opened = await call("/internal/e2e/trigger-context", { triggerSlackId: " U0ALICE001 " });
    expect(opened).toMatchObject({
      status: 200,
      body: { sessionId: expect.stringMatching(/^e2e-/), sessionToken: /./ },
    });
    const { triggerId, sessionId } = z.object({ triggerId: z.string(), sessionId: z.string() }).parse(opened.body);
    expect(await stage.run(triggerId)).toMatchObject({ cause: "e2e", requesters: [{ id: "U0ALICE001" }] });
    const again = await call("/internal/e2e/trigger-context", { sessionId });
    expect(again.status).toBe(409);
    const before = opencode.calls.length;
    expect(await call("/internal/e2e/trigger-end", { triggerId })).toEqual({ status: 200, body: { ok: true } });
    expect((await stage.run(triggerId)).status).toBe("completed");
    expect(opencode.calls.slice(before).map(({ path }) => path)).not.toContain(`/session/${sessionId}`);
    expect((await call("/internal/e2e/trigger-end", { triggerId: "none" })).status).toBe(404);
  });
});

it("a forgotten conversation leaves no session and no pass; the next message begins a new one", async () => {
  opencode.onPrompt = promptly;
  const conversation = await stage.conversation();
  const first = await stage.ended((await runner.ask(conversation, "hello")).body.triggerId);
  const sessionId = first.sessionId ?? "";
  const pass = join(stage.passesDir, `${sessionId}.json`);
  expect([opencode.sessions.has(sessionId), existsSync(pass)]).toEqual([true, true]);
  expect(await stage.ledger.forgetAnchor({ anchorId: first.anchorId, by: "ops" })).toEqual({ kind: "forgotten" });
  await eventually("the session is gone", () => !opencode.sessions.has(sessionId) && !existsSync(pass));
  await eventually("it is on record", async () => {
    const [current] = (await stage.ledger.sessionsOf({ anchorId: first.anchorId })).filter(
      ({ id }) => id === sessionId,
    );
    return current?.status !== "active";
  });
  const next = await stage.ended((await runner.ask(conversation, "hello again")).body.triggerId);
  expect([next.status, next.sessionId === sessionId]).toEqual(["completed", false]);
});
