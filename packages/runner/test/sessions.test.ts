/** Sessions, the event stream, leases and restarts, against an OpenCode that misbehaves. */
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { openStage, SECRET, type Conversation, type RunningRunner, type Stage } from "./stage.ts";

let stage: Stage;
let opencode: FakeOpencode;
let runner: RunningRunner;
const QUICK = { ABORT_TIMEOUT: "400", OPENCODE_CONNECT_TIMEOUT: "1500", SESSION_ERROR_GRACE_MS: "1000" };

beforeAll(async () => {
  stage = await openStage();
}, 30_000);
beforeEach(async () => {
  opencode = await startFakeOpencode();
  runner = await stage.start(opencode.url, QUICK);
});
afterEach(async () => {
  await runner.close();
  await opencode.close();
});
afterAll(() => stage.close());

const isSession = ({ path }: { path: string }) => /^\/session\/ses_[^/]+$/.test(path);
const isStatus = ({ path }: { path: string }) => path === "/session/status";
/** A prompt that is stored and worked on until the test says otherwise. */
const working: FakeOpencode["onPrompt"] = (sessionId, { messageID }) => {
  opencode.user(sessionId, messageID);
  opencode.busy.set(sessionId, { type: "busy" });
  opencode.emit("session.status", { sessionID: sessionId, status: { type: "busy" } });
};
const answered = (sessionId: string, text = "the answer") => {
  opencode.say(sessionId, { text, finish: "stop" });
  opencode.busy.delete(sessionId);
};
const isSent = (triggerId: string | undefined) =>
  eventually("the prompt is sent", async () => (await stage.run(triggerId)).promptSentAt);
async function one(conversation: Conversation) {
  const asked = await runner.ask(conversation, "hello");
  return stage.ended(asked.body.triggerId);
}
/** A run that is being worked on. */
async function ongoing(conversation: Conversation) {
  opencode.onPrompt = working;
  const asked = await runner.ask(conversation, "hello");
  await isSent(asked.body.triggerId);
  return { triggerId: asked.body.triggerId ?? "", sessionId: asked.body.sessionId ?? "" };
}

describe("the session of a conversation", () => {
  it.each([
    ["an error", { status: 500, body: {} }],
    ["a refused password", { status: 401, body: {} }],
    ["an unreadable answer", { status: 200, body: { no: "session" } }],
    ["a broken connection", "drop" as const],
  ])("is kept through %s", async (_name, reply) => {
    const conversation = await stage.conversation();
    const first = await one(conversation);
    opencode.instead = (call) => (isSession(call) ? reply : undefined);
    const refused = await runner.ask(conversation, "again");
    expect([refused.status, refused.retryAfter]).toEqual([500, "5"]);
    opencode.instead = () => undefined;
    expect((await one(conversation)).sessionId).toBe(first.sessionId);
  });

  it("is replaced once when it is gone twice, with an audit row", async () => {
    const conversation = await stage.conversation();
    const first = await one(conversation);
    opencode.sessions.delete(first.sessionId ?? "");
    const next = await one(conversation);
    expect([next.status, next.sessionId === first.sessionId]).toEqual(["completed", false]);
    const asked = opencode.calls.filter(({ path }) => path === `/session/${first.sessionId ?? ""}`);
    expect(asked.length).toBe(2);
    const { rows } = await stage.ledger.auditPage({ anchorId: next.anchorId, event: "session.replaced", limit: 9 });
    expect(rows.map(({ sessionId, reason }) => [sessionId, reason])).toEqual([[next.sessionId, "session_lost"]]);
  });

  it("that is too full is replaced once in mid-run, with the request and what the records know", async () => {
    const conversation = await stage.conversation();
    const first = await one(conversation);
    const prompts: string[] = [];
    opencode.onPrompt = (sessionId, { messageID, parts }) => {
      opencode.user(sessionId, messageID);
      prompts.push(parts[0]?.text ?? "");
      if (sessionId === first.sessionId)
        opencode.say(sessionId, { error: { name: "ContextOverflowError" }, tokens: 0 });
      else answered(sessionId, "in a fresh session");
      opencode.idle(sessionId);
    };
    const asked = await runner.ask(conversation, "too much to hold");
    const run = await stage.ended(asked.body.triggerId);
    expect([run.status, run.sessionId === first.sessionId, prompts.length]).toEqual(["completed", false, 2]);
    expect(run.promptMessageId).toMatch(/s2$/);
    expect(prompts[1]).toMatch(/\[Earlier in this conversation\][\s\S]*too much to hold$/);
    expect(await stage.promises(run.id)).toMatchObject([{ text: "in a fresh session" }]);
    opencode.onPrompt = (sessionId, { messageID }) => {
      opencode.user(sessionId, messageID);
      opencode.say(sessionId, { error: { name: "ContextOverflowError" }, tokens: 0 });
      opencode.idle(sessionId);
    };
    expect(await one(conversation)).toMatchObject({ status: "error", error: "Context window exceeded" });
  });

  it("is not resumed in another directory than the conversation's", async () => {
    const conversation = await stage.conversation();
    const first = await one(conversation);
    const id = first.sessionId ?? "";
    opencode.sessions.set(id, { id, directory: "/somewhere/else" });
    expect((await one(conversation)).sessionId).not.toBe(id);
  });

  it("deleted in mid-run ends that run, and the next message works in a new one", async () => {
    const conversation = await stage.conversation();
    const { triggerId, sessionId } = await ongoing(conversation);
    opencode.sessions.delete(sessionId);
    opencode.busy.delete(sessionId);
    opencode.emit("session.deleted", { info: { id: sessionId } });
    expect(await stage.ended(triggerId)).toMatchObject({ status: "error", reason: "session_deleted" });
    opencode.onPrompt = (id, { messageID }) => {
      opencode.user(id, messageID);
      answered(id);
      opencode.idle(id);
    };
    expect(await one(conversation)).toMatchObject({ status: "completed" });
  });

  it("that cannot be stopped is given up after three tries, and the next run gets another", async () => {
    const conversation = await stage.conversation();
    const { triggerId, sessionId } = await ongoing(conversation);
    opencode.onAbort = () => undefined;
    for (let tries = 0; tries < 3; tries += 1) {
      const refused = await runner.ask(conversation, "stop that", { interrupt: true });
      expect([refused.status, refused.retryAfter, refused.body.sessionId]).toEqual([503, "2", sessionId]);
    }
    expect(await stage.ended(triggerId)).toMatchObject({ status: "error", reason: "session_unresponsive" });
    opencode.onPrompt = (id, { messageID }) => {
      opencode.user(id, messageID);
      answered(id);
      opencode.idle(id);
    };
    const next = await one(conversation);
    expect([next.status, next.sessionId === sessionId]).toEqual(["completed", false]);
  });

  it("that hangs on the abort call does not hold the answer longer than the abort may take", async () => {
    const conversation = await stage.conversation();
    await ongoing(conversation);
    opencode.instead = ({ path }) => (path.endsWith("/abort") ? "hang" : undefined);
    const asked = performance.now();
    expect((await runner.ask(conversation, "stop that", { interrupt: true })).status).toBe(503);
    expect(performance.now() - asked).toBeLessThan(2500);
  });
});

it("sub-agents at any depth are registered, recorded and counted, each step once over a gap", async () => {
  const { triggerId, sessionId } = await ongoing(await stage.conversation());
  const [child, grandchild] = [`${sessionId}c`, `${sessionId}g`];
  const born = (id: string, parentID: string) =>
    opencode.emit("session.created", { info: { id, parentID, directory: `${stage.repos}/demo` } });
  const step = (sessionID: string, input: number) => {
    const used = { input, output: 1, reasoning: 0, cache: { read: 0, write: 0 } };
    const ids = { id: `prt_${sessionID}`, sessionID, messageID: `msg_${sessionID}` };
    opencode.emit("message.part.updated", { part: { ...ids, type: "step-finish", cost: 0.01, tokens: used } });
  };
  const steps = () => [step(child, 100), step(grandchild, 40)];
  born(child, sessionId);
  born(grandchild, child);
  steps();
  const registered = await eventually("the sub-agent's session", () =>
    stage.ledger.sessionById({ sessionId: grandchild }),
  );
  expect(registered).toMatchObject({ kind: "sub", parentId: child });
  opencode.cut();
  const connections = () => runner.hearing.events.filter(({ event }) => event === "opencode_connected").length;
  await eventually("the stream is back", () => Promise.resolve(connections() === 2 || undefined));
  steps();
  // A step of the grandchild that no event told of: its session's own sum has it.
  const says = (input: number, cost: number) => {
    const tokens = { input, output: 1, reasoning: 0, cache: { read: 0, write: 0 } };
    opencode.emit("session.updated", { info: { id: grandchild, cost, tokens } });
  };
  says(0, 0);
  says(200, 0.05);
  answered(sessionId);
  opencode.idle(sessionId);
  const run = await stage.ended(triggerId);
  expect([run.tokensInput, run.tokensOutput, run.costMicros]).toEqual([200, 2, 50_000]);
  expect(runner.hearing.events).toContainEqual(expect.objectContaining({ event: "usage_mismatch", tokensInput: 60 }));
  const recorded = await stage.ledger.partsOf({ triggerId, limit: 50 });
  const owners = recorded.filter(({ type }) => type === "step-finish").map((part) => part.sessionId);
  expect(owners.toSorted()).toEqual([child, grandchild].toSorted());
});

describe("the event stream", () => {
  it("counts as connected only when the server says so: nothing is sent before", async () => {
    const mute = await startFakeOpencode();
    mute.greets = false;
    const waiting = await stage.start(mute.url, QUICK);
    const refused = await waiting.ask(await stage.conversation(), "hello");
    expect([refused.status, mute.prompts(), mute.calls.filter(({ path }) => path === "/session").length]).toEqual([
      500, 0, 0,
    ]);
    const health = await fetch(`${waiting.url}/health`, { headers: { "x-thor-internal-secret": SECRET } });
    expect(await health.json()).toMatchObject({ opencode: "disconnected" });
    await waiting.close();
    await mute.close();
  });

  it("that broke while the turn ended is made good within seconds of its return", async () => {
    const { triggerId, sessionId } = await ongoing(await stage.conversation());
    opencode.greets = false;
    opencode.cut();
    await eventually("the gap", () => runner.hearing.events.some(({ event }) => event === "stream_gap") || undefined);
    answered(sessionId, "said in the gap");
    opencode.greets = true;
    opencode.cut();
    const run = await stage.ended(triggerId, 8000);
    const parts = await stage.ledger.partsOf({ triggerId, limit: 50 });
    expect([run.status, JSON.stringify(parts).includes("said in the gap")]).toEqual(["completed", true]);
  });

  it("makes a turn unknown, not idle, while the status call fails, and nothing is sent then", async () => {
    const conversation = await stage.conversation();
    await one(conversation);
    opencode.instead = (call) => (isStatus(call) ? { status: 500, body: {} } : undefined);
    const sent = opencode.prompts();
    expect((await runner.ask(conversation, "again")).status).toBe(500);
    expect(opencode.prompts()).toBe(sent);
  });

  it("asks each directory for its own busy sessions", async () => {
    const [first, second] = [await stage.conversation(), await stage.conversation()];
    opencode.onPrompt = working;
    const a = await runner.ask(first, "hello");
    const b = await runner.ask(second, "hello", { directory: `${stage.repos}/other` });
    await Promise.all([isSent(a.body.triggerId), isSent(b.body.triggerId)]);
    for (const { body } of [a, b]) {
      opencode.say(body.sessionId ?? "", { text: "done", finish: "stop" });
      opencode.idle(body.sessionId ?? "");
    }
    const runs = await Promise.all([stage.ended(a.body.triggerId), stage.ended(b.body.triggerId)]);
    expect(runs.map(({ status }) => status)).toEqual(["completed", "completed"]);
    expect(new Set(opencode.statusDirectories)).toEqual(new Set([`${stage.repos}/demo`, `${stage.repos}/other`]));
  });
});

describe("what the provider does", () => {
  it("is busy for a plain message while the provider is retried, and is aborted first by an interrupting one", async () => {
    const conversation = await stage.conversation();
    const { triggerId, sessionId } = await ongoing(conversation);
    const retry = { type: "retry", attempt: 1, message: "overloaded", next: Date.now() + 30_000 };
    opencode.busy.set(sessionId, retry);
    opencode.emit("session.status", { sessionID: sessionId, status: retry });
    expect((await runner.ask(conversation, "plain")).body).toEqual({ busy: true });
    const next = await runner.ask(conversation, "urgent", { interrupt: true });
    expect(next.body.accepted).toBe(true);
    expect(await stage.run(triggerId)).toMatchObject({ status: "aborted", reason: "user_interrupt" });
    await isSent(next.body.triggerId);
    const order = opencode.calls.map(({ path }) => path.split("/").at(-1));
    expect(order.filter((call) => call === "prompt_async" || call === "abort")).toEqual([
      "prompt_async",
      "abort",
      "prompt_async",
    ]);
  });

  it("nudges a turn that failed without a word once, and not again before something was produced", async () => {
    const nudges: string[] = [];
    opencode.onPrompt = (sessionId, { messageID, parts }) => {
      opencode.user(sessionId, messageID);
      if (parts[0]?.text === "Continue") nudges.push(messageID);
      opencode.say(sessionId, { error: { name: "UnknownError", data: { message: "went away" } }, tokens: 0 });
      opencode.idle(sessionId);
    };
    const run = await one(await stage.conversation());
    expect([run.status, run.error, nudges.length]).toEqual(["error", "went away", 1]);
  });

  it("nudges three times at most, however often the turn gets going again", async () => {
    const nudges: string[] = [];
    opencode.onPrompt = (sessionId, { messageID, parts }) => {
      opencode.user(sessionId, messageID);
      if (parts[0]?.text === "Continue") nudges.push(messageID);
      opencode.say(sessionId, { text: "so far", finish: "tool-calls" });
      opencode.say(sessionId, { error: { name: "UnknownError", data: { message: "went away" } }, tokens: 0 });
      opencode.idle(sessionId);
    };
    const run = await one(await stage.conversation());
    expect([run.status, nudges.length, new Set(nudges).size]).toEqual(["error", 3, 3]);
  });

  it("nudges an empty good answer once, then takes it as the end", async () => {
    opencode.onPrompt = (sessionId, { messageID }) => {
      opencode.user(sessionId, messageID);
      opencode.say(sessionId, { finish: "stop" });
      opencode.idle(sessionId);
    };
    const run = await one(await stage.conversation());
    expect([run.status, run.reason, opencode.prompts()]).toEqual(["completed", "empty_answer", 2]);
  });

  it("lets an error pass when output follows, and keeps recording what a busy turn says after its grace", async () => {
    const { triggerId, sessionId } = await ongoing(await stage.conversation());
    opencode.emit("session.error", {
      sessionID: sessionId,
      error: { name: "UnknownError", data: { message: "hiccup" } },
    });
    const looks = () => opencode.calls.filter(({ path }) => path.includes(`/${sessionId}/message`)).length;
    const before = looks();
    await eventually("looks after the grace", () => looks() >= before + 2 || undefined);
    expect((await stage.run(triggerId)).endedAt).toBeUndefined();
    opencode.say(sessionId, { text: "still here", finish: "stop" });
    opencode.idle(sessionId);
    expect(await stage.ended(triggerId)).toMatchObject({ status: "completed" });
    expect(JSON.stringify(await stage.ledger.partsOf({ triggerId, limit: 50 }))).toContain("still here");
  });

  it("goes on after the words of a provider that look like an abort", async () => {
    opencode.onPrompt = (sessionId, { messageID }) => {
      opencode.user(sessionId, messageID);
      opencode.say(sessionId, {
        text: "half",
        error: { name: "UnknownError", data: { message: "aborted due to timeout" } },
      });
      opencode.idle(sessionId);
    };
    expect(await one(await stage.conversation())).toMatchObject({ status: "error", error: "aborted due to timeout" });
  });
});

describe("more than one process", () => {
  it("hands a run over at a stop without aborting it; the next process finishes it with one end", async () => {
    const { triggerId, sessionId } = await ongoing(await stage.conversation());
    await runner.close();
    expect(opencode.calls.some(({ path }) => path.endsWith("/abort"))).toBe(false);
    runner = await stage.start(opencode.url, QUICK);
    await eventually(
      "the run taken up",
      () => runner.hearing.events.some(({ event }) => event === "run_recovered") || undefined,
    );
    answered(sessionId);
    opencode.idle(sessionId);
    expect(await stage.ended(triggerId)).toMatchObject({ status: "completed" });
    expect(opencode.prompts()).toBe(1);
  });

  it("lets only the holder of the run's lease act", async () => {
    const other = await stage.start(opencode.url, QUICK);
    const { triggerId, sessionId } = await ongoing(await stage.conversation());
    answered(sessionId);
    opencode.idle(sessionId);
    await stage.ended(triggerId);
    expect(other.hearing.events.filter(({ event }) => ["run_recovered", "session_done"].includes(event))).toEqual([]);
    await other.close();
  });

  it("stops acting when its lease is lost: no end, no message, no abort", async () => {
    const { triggerId, sessionId } = await ongoing(await stage.conversation());
    const { anchorId } = await stage.run(triggerId);
    const name = `run:${anchorId}`;
    const lease = await stage.ledger.readLease({ name });
    if (lease?.holder === undefined) throw new Error("no lease");
    await stage.ledger.releaseLease({ name, holder: lease.holder, fence: lease.fence });
    await stage.ledger.acquireLease({ name, holder: "another runner", ttlMs: 60_000 });
    answered(sessionId);
    opencode.idle(sessionId);
    await eventually("the loser has judged", () => runner.hearing.events.find(({ event }) => event === "session_done"));
    const run = await stage.run(triggerId);
    expect([run.endedAt, await stage.promises(triggerId)]).toEqual([undefined, []]);
    expect(opencode.calls.some(({ path }) => path.endsWith("/abort"))).toBe(false);
  });

  it("takes up a run although another one cannot be taken up", async () => {
    const [bad, good] = [await stage.conversation(), await stage.conversation()];
    const first = await ongoing(bad);
    const second = await ongoing(good);
    await runner.close();
    opencode.sessions.delete(first.sessionId);
    opencode.busy.delete(first.sessionId);
    answered(second.sessionId);
    runner = await stage.start(opencode.url, QUICK);
    expect(await stage.ended(second.triggerId)).toMatchObject({ status: "completed" });
    expect(await stage.ended(first.triggerId)).toMatchObject({ status: "error", reason: "session_lost" });
  });
});
