import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { sendJson } from "./sim-client.ts";

const apiKey = "contract-model-key";
const session = "ses_contract";
const tools = ["bash", "edit", "read"].map((name) => ({ type: "function", function: { name, parameters: {} } }));
let sim: RunningSimulators;

const Called = z.object({ name: z.string().optional(), arguments: z.string() });
const Usage = z.object({ prompt_tokens: z.number(), completion_tokens: z.number(), total_tokens: z.number() });
const Choice = z.object({
  message: z.object({
    content: z.string().nullable(),
    tool_calls: z.array(z.object({ id: z.string(), function: Called.required() })).optional(),
  }),
  finish_reason: z.string(),
});
type Choice = z.infer<typeof Choice>;
const Completion = z.object({ choices: z.tuple([Choice]), usage: Usage });
const Delta = z.object({
  content: z.string().optional(),
  tool_calls: z.array(z.object({ index: z.number(), function: Called })).optional(),
});
const Chunk = z.object({ choices: z.array(z.object({ delta: Delta })), usage: Usage.optional() });

const complete = (body: object, headers: Record<string, string> = {}) =>
  fetch(`${sim.facts.model.baseUrl}/chat/completions`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      authorization: `Bearer ${apiKey}`,
      "x-session-id": session,
      ...headers,
    },
    body: JSON.stringify({ model: sim.facts.model.model, tools, ...body }),
  });

const prompt = (text: string) =>
  `[correlation-key: slack:thread:C0GENERAL1/17.000001]\n\nSlack event:\n\n${JSON.stringify({ event_type: "app_mention", channel: "C0GENERAL1", ts: "17.000001", user: "U0ALICE001", text: `<@U0THORBOT1> ${text}` }, null, 2)}`;

async function whole(messages: object[], change: object = {}): Promise<Choice> {
  const { choices } = Completion.parse(await (await complete({ messages, ...change })).json());
  return choices[0];
}

async function streamed(messages: object[]) {
  const text = await (await complete({ messages, stream: true, stream_options: { include_usage: true } })).text();
  const lines = text.split("\n\n").filter((line) => line.startsWith("data: {"));
  return { text, chunks: lines.map((line) => Chunk.parse(JSON.parse(line.slice(6)))) };
}

const commandsOf = ({ message }: Choice) =>
  (message.tool_calls ?? []).map(({ function: called }) => {
    const { command } = z.object({ command: z.string().optional() }).parse(JSON.parse(called.arguments));
    return command ?? called.name;
  });

beforeAll(async () => {
  sim = await startSimulators({ model: { apiKey, values: { repos: "/w/repos", worktrees: "/w/worktrees" } } });
});
afterAll(() => sim.close());

it("refuses a wrong key with 401 and an unknown model with 404", async () => {
  const messages = [{ role: "user", content: "hi" }];
  expect((await complete({ messages }, { authorization: "Bearer wrong" })).status).toBe(401);
  expect((await complete({ messages, model: "gpt-unheard" })).status).toBe(404);
});

it("answers the same whole and streamed, with usage that adds up", async () => {
  const messages = [{ role: "user", content: prompt("fix the greeting") }];
  const choice = await whole(messages);
  const { chunks, text } = await streamed(messages);
  const deltas = chunks.flatMap(({ choices }) => choices.map(({ delta }) => delta));
  expect(deltas.map(({ content = "" }) => content).join("")).toBe(choice.message.content);
  const args = ["", "", ""];
  for (const call of deltas.flatMap(({ tool_calls = [] }) => tool_calls)) args[call.index] += call.function.arguments;
  expect(args).toEqual(choice.message.tool_calls?.map(({ function: called }) => called.arguments));
  const usage = chunks.at(-1)?.usage ?? { prompt_tokens: 0, completion_tokens: 0, total_tokens: -1 };
  expect(usage.total_tokens).toBe(usage.prompt_tokens + usage.completion_tokens);
  expect(text.endsWith("data: [DONE]\n\n")).toBe(true);
});

it("goes on with the next turn from the messages alone, also after a nudge and an interrupted tool", async () => {
  const user = { role: "user", content: prompt("echo pumpkin") };
  const first = await whole([user]);
  expect(commandsOf(first)).toEqual(["git -C /w/repos/demo log -1 --oneline"]);
  const call = { role: "assistant", content: "", tool_calls: first.message.tool_calls };
  const result = (content: string) => ({ role: "tool", tool_call_id: first.message.tool_calls?.[0]?.id, content });
  const second = await whole([user, call, result("abc Test")]);
  expect(commandsOf(second)[0]).toBe(
    "slack-post-message --channel C0GENERAL1 --thread-ts 17.000001 <<'END_OF_MESSAGE'\npumpkin\nEND_OF_MESSAGE",
  );
  const nudged = await whole([user, call, result("abc Test"), { role: "user", content: "Continue" }]);
  expect(commandsOf(nudged)).toEqual(commandsOf(second));
  const cut = await whole([
    user,
    call,
    result("[Tool execution was interrupted]"),
    { role: "user", content: "Continue" },
  ]);
  expect(commandsOf(cut)).toEqual(commandsOf(first));
});

it("says honestly what it saw when a result is not what the script expects", async () => {
  const user = { role: "user", content: prompt("fix the greeting") };
  const first = await whole([user]);
  const results = (first.message.tool_calls ?? []).map(({ id }) => ({
    role: "tool",
    tool_call_id: id,
    content: "denied: cwd",
  }));
  const next = await whole([
    user,
    { role: "assistant", content: "", tool_calls: first.message.tool_calls },
    ...results,
  ]);
  expect(next).toMatchObject({ finish_reason: "stop" });
  expect(next.message.content).toContain("denied: cwd");
});

it("answers title and summary requests by house rules, without a turn of the script", async () => {
  const system = { role: "system", content: "You are a title generator." };
  const title = await whole([system, { role: "user", content: prompt("fix the greeting") }], { tools: [] });
  expect(title).toEqual({ message: { content: "Work on the demo" }, finish_reason: "stop" });
});

it("fails as often as the scenario says and then goes on, scenarios being replaceable", async () => {
  const yaml =
    'scenario: flaky\nwhen: [{ user: "flaky" }]\nturns:\n  - fail: { status: 429, retryAfter: 1, times: 2 }\n    say: "third time"\n';
  const put = await sendJson("PUT", `${sim.facts.url}/_sim/model/scenarios`, { yaml });
  expect(put.status).toBe(200);
  const messages = [{ role: "user", content: "flaky" }];
  const statuses = [];
  for (let n = 0; n < 3; n += 1) statuses.push((await complete({ messages })).status);
  expect(statuses).toEqual([429, 429, 200]);
});

it("refuses a scenario with an unknown key", async () => {
  const yaml = "scenario: x\nturns: [{ shout: loud }]\n";
  const put = await sendJson("PUT", `${sim.facts.url}/_sim/model/scenarios`, { yaml });
  expect(put.status).toBe(400);
});
