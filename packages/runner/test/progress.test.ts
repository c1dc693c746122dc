/** What people see in Slack: one control message a run, edited in order, always with an end. */
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { openStage, type Conversation, type RunningRunner, type Stage } from "./stage.ts";

let stage: Stage;
let opencode: FakeOpencode;
let runner: RunningRunner;

beforeAll(async () => {
  stage = await openStage();
}, 30_000);
beforeEach(async () => {
  await stage.sim("DELETE", "/_sim/faults");
  opencode = await startFakeOpencode();
  opencode.onPrompt = (sessionId, { messageID }) => {
    opencode.user(sessionId, messageID);
    opencode.busy.set(sessionId, { type: "busy" });
    opencode.emit("session.status", { sessionID: sessionId, status: { type: "busy" } });
  };
  runner = await stage.start(opencode.url);
});
afterEach(async () => {
  await runner.close();
  await opencode.close();
});
afterAll(() => stage.close());

let serial = 0;
const tool = (sessionID: string, name: string) => {
  serial += 1;
  const part = {
    id: `prt_tool${serial}`,
    sessionID,
    messageID: "msg_tools",
    type: "tool",
    tool: name,
    callID: `c${serial}`,
  };
  opencode.emit("message.part.updated", { part: { ...part, state: { status: "completed", input: {} } } });
};
const control = async (conversation: Conversation) =>
  (await stage.thread(conversation)).filter(({ metadata }) => metadata?.event_type === "thor_control");
const shows = (conversation: Conversation, text: string, withinMs = 20_000) =>
  eventually(
    `"${text}" in the thread`,
    async () => (await control(conversation)).find((message) => message.text.includes(text)),
    withinMs,
  );
const isFinal = (triggerId: string) =>
  eventually("the final state is stored", async () =>
    (await stage.ledger.progressOf({ triggerId }))?.state === "final" ? true : undefined,
  );

async function begin() {
  const conversation = await stage.conversation();
  const asked = await runner.ask(conversation, "hello");
  const triggerId = asked.body.triggerId ?? "";
  await eventually("the prompt is sent", async () => (await stage.run(triggerId)).promptSentAt);
  return { conversation, triggerId, sessionId: asked.body.sessionId ?? "" };
}
const threeTools = (sessionId: string) => ["Tool0", "Tool1", "Tool2"].forEach((name) => tool(sessionId, name));
const finish = (sessionId: string, text = "the answer") => {
  opencode.say(sessionId, { text, finish: "stop" });
  opencode.idle(sessionId);
};
const fault = (method: string, deed: unknown, more: object = {}) =>
  stage.sim("PUT", "/_sim/faults", [{ id: "f", match: { sim: "slack", method }, do: deed, ...more }]);

it("says nothing for two quick tools; at the third exactly how it works; and ends with a receipt", async () => {
  const quick = await begin();
  tool(quick.sessionId, "Tool0");
  tool(quick.sessionId, "Tool1");
  finish(quick.sessionId);
  await stage.ended(quick.triggerId);
  expect(await control(quick.conversation)).toEqual([]);

  const { conversation, triggerId, sessionId } = await begin();
  threeTools(sessionId);
  const first = await shows(conversation, "⏳");
  expect(first.text).toMatch(/^⏳ Working\.\.\. 3 tool calls \| [01]s elapsed \| latest: Tool0, Tool1, Tool2$/);
  finish(sessionId);
  await stage.ended(triggerId);
  expect((await shows(conversation, "✅ Done")).ts).toBe(first.ts);
  expect(await stage.promises(triggerId)).toMatchObject([{ kind: "slack.post", text: "the answer" }]);
});

it("tells a failure without a live message in the thread, with a mark on the message that asked", async () => {
  const { conversation, triggerId, sessionId } = await begin();
  opencode.say(sessionId, { text: "half", error: { name: "UnknownError", data: { message: "server_is_down" } } });
  opencode.idle(sessionId);
  await stage.ended(triggerId);
  expect(await stage.promises(triggerId)).toEqual([
    expect.objectContaining({ kind: "slack.post", text: "❌ Failed after 0 tool calls\n• server_is_down" }),
    { kind: "slack.reaction", channel: conversation.channel, ts: conversation.threadTs, name: "x" },
  ]);
  const live = await begin();
  threeTools(live.sessionId);
  await shows(live.conversation, "⏳");
  opencode.say(live.sessionId, { text: "half", error: { name: "UnknownError", data: { message: "server_is_down" } } });
  opencode.idle(live.sessionId);
  await shows(live.conversation, "❌ Failed after 3 tool calls\n• server_is_down");
  expect(await stage.promises(live.triggerId)).toMatchObject([{ kind: "slack.reaction", name: "x" }]);
});

it("keeps the final text last although an edit is still in flight at the end", async () => {
  const { conversation, triggerId, sessionId } = await begin();
  threeTools(sessionId);
  await shows(conversation, "⏳");
  await fault("chat.update", { delay: 1500 });
  tool(sessionId, "Tool3");
  finish(sessionId);
  await isFinal(triggerId);
  expect((await control(conversation)).map(({ text }) => text.slice(0, 6))).toEqual(["✅ Done"]);
});

it("edits at most every ten seconds however much happens", async () => {
  const { conversation, triggerId, sessionId } = await begin();
  threeTools(sessionId);
  await shows(conversation, "⏳");
  for (let at = 0; at < 50; at += 1) tool(sessionId, `Again${at}`);
  await eventually("the tools are counted", async () => {
    const parts = await stage.ledger.partsOf({ triggerId, limit: 200 });
    return parts.length >= 53 ? true : undefined;
  });
  expect((await control(conversation)).map(({ text }) => /\d+ tool/.exec(text)?.[0])).toEqual(["3 tool"]);
  finish(sessionId);
  await shows(conversation, "✅ Done");
});

it("goes on counting through a nudge and a late idle", async () => {
  const { conversation, triggerId, sessionId } = await begin();
  threeTools(sessionId);
  const first = await shows(conversation, "⏳");
  opencode.emit("session.idle", { sessionID: sessionId });
  opencode.say(sessionId, { error: { name: "UnknownError", data: { message: "hiccup" } }, tokens: 0 });
  opencode.idle(sessionId);
  await eventually("the nudge", () => opencode.prompts(sessionId) === 2 || undefined);
  expect((await stage.run(triggerId)).endedAt).toBeUndefined();
  finish(sessionId);
  const last = await shows(conversation, "✅ Done");
  expect([last.ts, last.text.includes("3 tools"), last.text.includes("Recovered from 1 error(s)")]).toEqual([
    first.ts,
    true,
    true,
  ]);
});

it("adopts and ends the message of an earlier process, also one whose post was never confirmed", async () => {
  const known = await begin();
  threeTools(known.sessionId);
  await shows(known.conversation, "⏳");
  const lost = await begin();
  await fault("chat.postMessage", { drop: "after" }, { times: 1 });
  threeTools(lost.sessionId);
  await shows(lost.conversation, "⏳");
  await runner.close();
  finish(known.sessionId);
  finish(lost.sessionId);
  runner = await stage.start(opencode.url);
  for (const { conversation, triggerId } of [known, lost]) {
    await stage.ended(triggerId);
    await shows(conversation, "✅ Done");
    expect(await control(conversation)).toHaveLength(1);
  }
});

it("leaves the run alone when Slack limits, is down, or the message was deleted, and ends it once Slack is back", async () => {
  const { conversation, triggerId, sessionId } = await begin();
  threeTools(sessionId);
  await shows(conversation, "⏳");
  await fault("chat.update", { rateLimit: { retryAfter: 1 } }, { times: 2 });
  finish(sessionId);
  expect((await stage.ended(triggerId)).status).toBe("completed");
  await shows(conversation, "✅ Done");
  expect(await control(conversation)).toHaveLength(1);

  const down = await begin();
  await fault("chat.postMessage", { status: 503 });
  threeTools(down.sessionId);
  finish(down.sessionId);
  expect((await stage.ended(down.triggerId)).status).toBe("completed");

  await stage.sim("DELETE", "/_sim/faults");
  const gone = await begin();
  threeTools(gone.sessionId);
  await shows(gone.conversation, "⏳");
  await fault("chat.update", { slackError: "message_not_found" });
  finish(gone.sessionId);
  await eventually("the message counts as gone", async () =>
    (await stage.ledger.progressOf({ triggerId: gone.triggerId }))?.state === "gone" ? true : undefined,
  );
  expect(await control(gone.conversation)).toHaveLength(1);
});

it("does not ask Slack for ever about a message that never arrived", async () => {
  const { triggerId, sessionId } = await begin();
  await fault("chat.postMessage", { drop: "before" });
  threeTools(sessionId);
  await eventually("a try is remembered", () => stage.ledger.progressOf({ triggerId }));
  await runner.close();
  finish(sessionId);
  runner = await stage.start(opencode.url);
  await stage.ended(triggerId);
  await eventually("the row is closed", async () =>
    (await stage.ledger.progressOf({ triggerId }))?.state === "gone" ? true : undefined,
  );
  expect(await stage.ledger.orphanedProgress({ limit: 50 })).toEqual([]);
});

it("says that a newer message stopped it", async () => {
  const { conversation, sessionId } = await begin();
  threeTools(sessionId);
  await shows(conversation, "⏳");
  await runner.ask(conversation, "stop that", { interrupt: true });
  const last = await shows(conversation, "⏹ Stopped");
  expect(last.text).toBe("⏹ Stopped: a newer message arrived");
});
