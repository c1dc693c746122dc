import { expect, it } from "vitest";

import type { ToolPart } from "../core/opencode/project.ts";
import { createStatusKeepers } from "./keep-status.ts";

const place = { channel: "C1", threadTs: "1.000001" };
const bash = (command: string, status: "running" | "completed" = "running"): ToolPart => ({
  id: "prt_1",
  sessionID: "ses_1",
  messageID: "msg_1",
  type: "tool",
  tool: "bash",
  callID: "c1",
  state: { status, input: { command } },
});

/** A thread's status as Slack is told it, on a clock of the test's. */
function stage(answers: { kind: string; code?: string; retryAfterMs?: number }[] = []) {
  const told: string[] = [];
  let now = 0;
  const keepers = createStatusKeepers({
    now: () => now,
    setStatus: (_place, status) => {
      told.push(status);
      return Promise.resolve(answers.shift() ?? { kind: "ok" });
    },
  });
  const later = async (ms: number, act: () => void) => {
    now += ms;
    act();
    await Promise.resolve();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { keepers, told, later };
}

it("says what runs, not faster than Slack likes, refreshes it, and is gone at the end", async () => {
  const { keepers, told, later } = stage();
  const status = keepers(place);
  const tick = () => status.state("working");
  await later(0, tick);
  await later(500, () => (status.tool(bash("git push")), tick()));
  expect(told).toEqual(["is thinking…"]);
  await later(1000, tick);
  await later(20_000, tick);
  expect(told).toEqual(["is thinking…", "is running git push…"]);
  await later(10_000, tick);
  await later(2000, () => status.state("waiting"));
  await status.clear();
  await later(5000, tick);
  expect(told.slice(2)).toEqual(["is running git push…", "waits for an answer", ""]);
});

it("is said again at once after Thor or the agent has posted in the thread", async () => {
  const { keepers, told, later } = stage();
  const status = keepers(place);
  const tick = () => status.state("working");
  await later(0, tick);
  await later(2000, () => (status.posted(), tick()));
  await later(2000, () => (status.tool(bash("slack-post-message --channel C1", "completed")), tick()));
  await later(2000, tick);
  expect(told).toEqual(["is thinking…", "is thinking…", "is thinking…"]);
});

it.each(["missing_scope", "unknown_method", "channel_type_not_supported"])(
  "is off for an hour, everywhere, after %s, and without any error",
  async (code) => {
    const { keepers, told, later } = stage([{ kind: "refused", code }]);
    const [one, other] = [keepers(place), keepers({ ...place, threadTs: "2.000001" })];
    await later(0, () => one.state("working"));
    await later(60_000, () => one.state("working"));
    await later(60_000, () => other.state("working"));
    await one.clear();
    expect(told).toHaveLength(1);
    await later(3_500_000, () => other.state("waiting"));
    expect(told).toEqual(["is thinking…", "waits for an answer"]);
  },
);
