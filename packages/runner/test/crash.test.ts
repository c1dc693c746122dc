/** kill -9 of the runner's process: every run is taken up once, ends once, and has one control message. */
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, expect, it } from "vitest";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { startRunnerProcess, TAKEN_UP_MS } from "./runner-process.ts";
import { openStage, type RunningRunner, type Stage } from "./stage.ts";

let stage: Stage;
let opencode: FakeOpencode;
let next: RunningRunner | undefined;

beforeAll(async () => {
  [stage, opencode] = await Promise.all([openStage(), startFakeOpencode()]);
}, 30_000);
afterAll(async () => {
  await next?.close();
  await opencode.close();
  await stage.close();
});

it("leaves one turn, one end and one control message, wherever the process was killed", async () => {
  const process = await startRunnerProcess(stage.env(opencode.url));
  const runner = stage.speakTo(process.url);
  const working = (sessionId: string, messageId: string) => {
    opencode.user(sessionId, messageId);
    opencode.busy.set(sessionId, { type: "busy" });
  };
  const begin = async () => {
    const conversation = await stage.conversation();
    const { body } = await runner.ask(conversation, "hello");
    return { conversation, triggerId: body.triggerId ?? "", sessionId: body.sessionId ?? "" };
  };
  const isSent = (triggerId: string) =>
    eventually("the prompt is sent", async () => (await stage.run(triggerId)).promptSentAt);
  const control = async ({ conversation }: Awaited<ReturnType<typeof begin>>) =>
    (await stage.thread(conversation)).filter(({ metadata }) => metadata?.event_type === "thor_control");

  opencode.onPrompt = (sessionId, { messageID }) => working(sessionId, messageID);
  const afterSend = await begin();
  await isSent(afterSend.triggerId);
  const inTool = await begin();
  await isSent(inTool.triggerId);
  const inFinalEdit = await begin();
  await isSent(inFinalEdit.triggerId);
  for (const { sessionId } of [inTool, inFinalEdit]) {
    for (const at of [1, 2, 3]) {
      const part = {
        id: `prt_${sessionId.slice(4, 20)}${at}`,
        sessionID: sessionId,
        messageID: "msg_tools",
        type: "tool",
      };
      const state = { status: at === 3 ? "running" : "completed", input: {} };
      opencode.emit("message.part.updated", { part: { ...part, tool: "bash", callID: `c${at}`, state } });
    }
  }
  for (const run of [inTool, inFinalEdit])
    await eventually("a control message", async () => ((await control(run)).length === 1 ? true : undefined));
  await stage.sim("PUT", "/_sim/faults", [
    { id: "f", match: { sim: "slack", method: "chat.update" }, do: { hang: true } },
  ]);
  opencode.say(inFinalEdit.sessionId, { text: "said before the crash", finish: "stop" });
  opencode.idle(inFinalEdit.sessionId);
  await stage.ended(inFinalEdit.triggerId);
  opencode.instead = ({ path }) => (path.endsWith("/prompt_async") ? "hang" : undefined);
  const afterTx = await begin();
  process.kill();

  await stage.sim("DELETE", "/_sim/faults");
  opencode.instead = () => undefined;
  opencode.onPrompt = (sessionId, { messageID }) => {
    opencode.user(sessionId, messageID);
    opencode.say(sessionId, { text: "the answer", finish: "stop" });
    opencode.idle(sessionId);
  };
  for (const { sessionId } of [afterSend, inTool]) {
    opencode.say(sessionId, { text: "the answer", finish: "stop" });
    opencode.idle(sessionId);
  }
  next = await stage.start(opencode.url);
  for (const run of [afterTx, afterSend, inTool, inFinalEdit]) {
    expect((await stage.ended(run.triggerId, TAKEN_UP_MS)).status).toBe("completed");
    const promises = await stage.promises(run.triggerId);
    expect(promises.length).toBeLessThanOrEqual(1);
  }
  await eventually("no message still says working", async () =>
    (await Promise.all([inTool, inFinalEdit].map(control))).flat().every(({ text }) => text.startsWith("✅ Done"))
      ? true
      : undefined,
  );
  expect((await Promise.all([inTool, inFinalEdit].map(control))).map(({ length }) => length)).toEqual([1, 1]);
  const stored = [afterTx, afterSend, inTool, inFinalEdit].map(({ sessionId }) => opencode.answers(sessionId));
  expect(stored).toEqual([1, 1, 1, 1]);
}, 120_000);
