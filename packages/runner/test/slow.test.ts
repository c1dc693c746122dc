/** What shows only after half a minute; the waits run side by side. */
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, describe, it } from "vitest";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { openStage, type RunningRunner, type Stage } from "./stage.ts";

interface Pair {
  opencode: FakeOpencode;
  runner: RunningRunner;
}
let stage: Stage;
const pairs: Pair[] = [];

beforeAll(async () => {
  stage = await openStage();
}, 30_000);
afterAll(async () => {
  for (const { runner, opencode } of pairs) {
    await runner.close();
    await opencode.close();
  }
  await stage.close();
});

/** A runner with an OpenCode of its own, working on one run until the test says otherwise. */
async function ongoing() {
  const opencode = await startFakeOpencode();
  opencode.onPrompt = (sessionId, { messageID }) => {
    opencode.user(sessionId, messageID);
    opencode.busy.set(sessionId, { type: "busy" });
  };
  const runner = await stage.start(opencode.url);
  pairs.push({ opencode, runner });
  const conversation = await stage.conversation();
  const { body } = await runner.ask(conversation, "hello");
  const [triggerId, sessionId] = [body.triggerId ?? "", body.sessionId ?? ""];
  await eventually("the prompt is sent", async () => (await stage.run(triggerId)).promptSentAt);
  /** The turn ends, and no event tells it. */
  const endUnheard = () => {
    opencode.say(sessionId, { text: "the answer", finish: "stop" });
    opencode.busy.delete(sessionId);
  };
  const gaps = () => runner.hearing.events.filter(({ event }) => event === "stream_gap").length;
  return { opencode, conversation, triggerId, sessionId, endUnheard, gaps };
}

describe.concurrent("in half a minute", () => {
  it("an end is found although the stream brings nothing but heartbeats", async ({ expect }) => {
    const turn = await ongoing();
    const beat = setInterval(() => turn.opencode.emit("server.heartbeat", {}), 5000);
    turn.endUnheard();
    const run = await stage.ended(turn.triggerId, 50_000).finally(() => clearInterval(beat));
    expect([run.status, turn.gaps()]).toEqual(["completed", 0]);
  }, 60_000);

  it("a stream that fell silent is replaced, and the end is found", async ({ expect }) => {
    const turn = await ongoing();
    turn.endUnheard();
    const run = await stage.ended(turn.triggerId, 50_000);
    const replaced = await eventually("the stream is replaced", () => turn.gaps() || undefined, 15_000);
    expect([run.status, replaced]).toEqual(["completed", 1]);
  }, 60_000);

  it("a run without tools shows itself after ten seconds, in its own thread only", async ({ expect }) => {
    const turn = await ongoing();
    const bystander = await stage.conversation();
    const shown = await eventually("a control message", async () =>
      (await stage.thread(turn.conversation)).find(({ metadata }) => metadata?.event_type === "thor_control"),
    );
    expect(shown.text).toMatch(/^⏳ Working\.\.\. 0 tool calls \| 1[0-2]s elapsed/);
    expect((await stage.thread(bystander)).filter(({ byBot }) => byBot)).toEqual([]);
    turn.endUnheard();
    turn.opencode.idle(turn.sessionId);
  });
});
