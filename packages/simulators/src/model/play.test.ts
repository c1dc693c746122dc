import { expect, it } from "vitest";

import type { Conversation, Step } from "./conversation.ts";
import { readDemos } from "./demos.ts";
import { parseScenarios } from "./grammar.ts";
import { play } from "./play.ts";

const stage = { repos: "/r", worktrees: "/w", ulid: "abc12345" };
const step = (...results: string[]): Step => ({ text: "", results, hasCalls: true });
const talk = (said: string, steps: Step[] = [], more: Partial<Conversation> = {}): Conversation => ({
  system: "",
  user: said,
  earlier: "",
  isFollowUp: false,
  steps,
  place: { channel: "C1", thread: "1.0" },
  said,
  tools: new Set(["bash", "edit", "read"]),
  ...more,
});

const script = parseScenarios(`
scenario: count
when: [{ user: "/count to (\\\\d+)/" }]
vars: { goal: { user: "/count to (\\\\d+)/", or: "3" } }
turns:
  - call: [{ bash: "seq {{goal}}" }]
  - expect: { match: "3" }
    capture: { last: "/(\\\\d+)\\\\s*$/" }
    call: [{ slack: "counted to {{last}}" }]
  - say: "done with {{last}}"
otherwise: { say: "saw {{lastResult}}" }
`);

it("takes a value from the message, and from results even two turns later", () => {
  const first = play(script, talk("count to 3"), stage);
  expect(first?.calls[0]?.args["command"]).toBe("seq 3");
  const steps = [step("1\n2\n3")];
  expect(play(script, talk("count to 3", steps), stage)?.calls[0]?.args["command"]).toContain("counted to 3");
  expect(play(script, talk("count to 3", [...steps, step("ok")]), stage)).toMatchObject({
    text: "done with 3",
    finish: "stop",
  });
});

it("says what it saw when an expectation does not hold, and stops there", () => {
  const reply = play(script, talk("count to 3", [step("command not found")]), stage);
  expect(reply).toMatchObject({ text: "saw command not found", calls: [], finish: "stop" });
});

it("answers the same to the same conversation, however often it is asked", () => {
  const asked = talk("please fix the greeting");
  expect(play(readDemos(), asked, stage)).toEqual(play(readDemos(), asked, stage));
});

it("has nothing to say outside its scenarios", () => {
  expect(play(script, talk("sing"), stage)).toBeUndefined();
});

it.each([
  ["hello", false, "fix-the-greeting"],
  ["fix the greeting", true, "fix-the-greeting"],
  ["echo x", false, "echo"],
  ["take your time for 12 s", true, "take-your-time"],
  ["just say hi", false, "just-say"],
  ["file a ticket about the door", false, "file-a-ticket"],
  ["Approval outcome event\n\n1. done", true, "ticket-decided"],
  ["and now?", true, "follow-up"],
])("plays the right demo for %o (follow-up: %o)", (said, isFollowUp, scenario) => {
  expect(play(readDemos(), talk(said, [], { isFollowUp }), stage)?.scenario).toBe(scenario);
});

it("edits with apply_patch where that is what is offered", () => {
  const steps = [step("Helo"), step("ok"), step("ok")];
  const reply = play(readDemos(), talk("fix the greeting", steps, { tools: new Set(["bash", "apply_patch"]) }), stage);
  expect(reply?.calls[0]?.name).toBe("apply_patch");
});
