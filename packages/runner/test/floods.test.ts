/** Too much, too strange, or at the wrong time: a run keeps its memory small and its end right. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { holdWrites } from "@thor/ledger/testing/faults";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { startRunnerProcess } from "./runner-process.ts";
import { openStage, type RunningRunner, type Stage } from "./stage.ts";

let stage: Stage;
let opencode: FakeOpencode;
let runner: RunningRunner;

beforeAll(async () => {
  [stage, opencode] = await Promise.all([openStage(), startFakeOpencode()]);
  runner = await stage.start(opencode.url);
}, 30_000);
beforeEach(() => {
  opencode.onPrompt = (sessionId, { messageID }) => {
    opencode.user(sessionId, messageID);
    opencode.busy.set(sessionId, { type: "busy" });
  };
});
afterAll(async () => {
  await runner.close();
  await opencode.close();
  await stage.close();
});

const part = (sessionID: string, id: string, text: string) => ({
  part: { id, sessionID, messageID: "msg_flood", type: "text", text },
});
const turn = () => new Promise((resolve) => setImmediate(resolve));
const residentMib = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
/** A run that is being worked on. */
async function ongoing(asked: Pick<RunningRunner, "ask">) {
  const { body } = await asked.ask(await stage.conversation(), "hello");
  await eventually("the prompt is sent", async () => (await stage.run(body.triggerId)).promptSentAt);
  return { triggerId: body.triggerId ?? "", sessionId: body.sessionId ?? "" };
}
function finish(sessionId: string) {
  opencode.say(sessionId, { text: "the real end", finish: "stop" });
  opencode.idle(sessionId);
}

it("a hundred thousand events cost little memory, and the end is the one that OpenCode has stored", async () => {
  const child = await startRunnerProcess(stage.env(opencode.url));
  const { triggerId, sessionId } = await ongoing(stage.speakTo(child.url));
  const before = residentMib(child.pid);
  let most = before;
  for (let at = 0; at < 100_000; at += 1) {
    opencode.emit("message.part.updated", part(sessionId, `prt_${at % 100}`, `word ${at} `.repeat(20)));
    if (at % 100 === 0) await turn();
    if (at % 5000 === 0) most = Math.max(most, residentMib(child.pid));
  }
  finish(sessionId);
  expect((await stage.ended(triggerId, 60_000)).status).toBe("completed");
  most = Math.max(most, residentMib(child.pid));
  expect(most - before).toBeLessThan(250);
  const parts = await stage.ledger.partsOf({ triggerId, limit: 200 });
  expect(parts.some(({ state }) => JSON.stringify(state).includes("the real end"))).toBe(true);
  child.kill();
}, 120_000);

it("what is not known of OpenCode is named once, and the run goes on", async () => {
  const { triggerId, sessionId } = await ongoing(runner);
  for (let again = 0; again < 5; again += 1) {
    opencode.emit("session.invented", { sessionID: sessionId });
    opencode.emit("session.status", { sessionID: sessionId, status: "busy, as a word" });
    opencode.emit("message.part.updated", { part: null });
  }
  let pages = 0;
  opencode.instead = ({ path }) => {
    if (!path.includes("/message") || pages > 2) return undefined;
    pages += 1;
    return { status: 200, body: "<html>a page</html>" };
  };
  finish(sessionId);
  expect((await stage.ended(triggerId, 60_000)).status).toBe("completed");
  opencode.instead = () => undefined;
  const drifts = runner.hearing.events.filter(({ event }) => event === "opencode_drift").map(({ type }) => type);
  expect(new Set(drifts).size).toBe(drifts.length);
  expect(drifts).toEqual(expect.arrayContaining(["session.invented", "session.status", "message.part.updated"]));
}, 90_000);

it("while nothing can be written the run goes on, and afterwards no final state is missing", async () => {
  const { triggerId, sessionId } = await ongoing(runner);
  const tool = (id: string, status: "running" | "completed") => ({
    part: {
      id,
      sessionID: sessionId,
      messageID: "msg_tools",
      type: "tool",
      tool: "bash",
      callID: id,
      state: { status, input: { command: "build" }, output: `output of ${id}` },
    },
  });
  const release = holdWrites(join(stage.repos, "..", "data", "thor.db"));
  for (let at = 0; at < 40; at += 1) {
    opencode.emit("message.part.updated", tool(`prt_out${at}`, "running"));
    opencode.emit("message.part.updated", tool(`prt_out${at}`, "completed"));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  expect((await stage.run(triggerId)).endedAt).toBeUndefined();
  release();
  finish(sessionId);
  expect((await stage.ended(triggerId, 60_000)).status).toBe("completed");
  const parts = await stage.ledger.partsOf({ triggerId, limit: 200 });
  const finals = parts.filter(
    ({ partId, state }) => partId.startsWith("prt_out") && JSON.stringify(state).includes('"completed"'),
  );
  expect(finals).toHaveLength(40);
}, 120_000);
