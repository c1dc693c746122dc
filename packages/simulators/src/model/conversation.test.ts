import { expect, it } from "vitest";

import { newestEvent, readConversation } from "./conversation.ts";

const event = (ts: string, text: string, thread?: string) => ({
  event_type: "message",
  channel: "C0ENG00001",
  ts,
  ...(thread === undefined ? {} : { thread_ts: thread }),
  text,
});
const indented = (value: unknown) => JSON.stringify(value, null, 2);

it("finds the newest event in a prompt with several, and its thread", () => {
  const prompt = `Slack events:\n\n${indented([event("1.1", "first", "1.0"), event("1.2", "second { not json", "1.0")])}\n\nDone.`;
  expect(newestEvent(prompt)).toEqual({ channel: "C0ENG00001", thread: "1.0", text: "second { not json" });
  expect(newestEvent(`x\n${JSON.stringify(event("2.1", "alone"))}`)).toEqual({
    channel: "C0ENG00001",
    thread: "2.1",
    text: "alone",
  });
  expect(newestEvent("no event { here }\n{ nor here\n}")).toBeUndefined();
});

it("counts steps after the newest message of a person, and lets a nudge be a nudge", () => {
  const messages = [
    { role: "system" as const, content: "rules" },
    { role: "user" as const, content: "old" },
    { role: "assistant" as const, content: "answer" },
    { role: "user" as const, content: `Slack event:\n\n${indented(event("3.1", "<@U0THORBOT1> do it"))}` },
    { role: "assistant" as const, content: "step one" },
    { role: "user" as const, content: "Continue" },
  ];
  const conversation = readConversation({ model: "m", messages });
  expect(conversation).toMatchObject({ said: "do it", isFollowUp: true, system: "rules", earlier: "old\nanswer" });
  expect(conversation.steps).toEqual([{ text: "step one", results: [], hasCalls: false }]);
});

it("does not count a step whose tool was cut off, so that it is done again", () => {
  const call = { id: "c1", function: { name: "bash", arguments: "{}" } };
  const cut = "[Tool execution was interrupted]";
  const messages = [
    { role: "user" as const, content: "go" },
    { role: "assistant" as const, content: "", tool_calls: [call] },
    { role: "tool" as const, content: cut, tool_call_id: "c1" },
  ];
  expect(readConversation({ model: "m", messages }).steps).toEqual([]);
});
