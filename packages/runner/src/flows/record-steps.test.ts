import { silentLog } from "@thor/kit/testing/silent-log";
import type { StepInput } from "@thor/ledger/port";
import { expect, it } from "vitest";

import type { ToolPart } from "../core/opencode/project.ts";
import { createRecorder } from "./record-steps.ts";

const MEBIBYTE = 1024 * 1024;
const tool = (id: string, status: "running" | "completed", output = ""): ToolPart => ({
  id,
  sessionID: "ses_1",
  messageID: "msg_1",
  type: "tool",
  tool: "bash",
  callID: id,
  state: { status, input: { command: "build" }, output },
});

/** A recorder over a ledger that is there or away. */
function stage() {
  const writes: StepInput[][] = [];
  const stored = new Map<string, StepInput>();
  let isAway = false;
  const recorder = createRecorder(
    {
      log: silentLog,
      redact: (text) => text.replaceAll("secret", "[redacted]"),
      now: () => 1,
      upsertParts: ({ parts }) => {
        if (isAway) return Promise.resolve({ kind: "unavailable", error: "disk I/O error" });
        writes.push(parts);
        for (const part of parts) stored.set(part.partId, part);
        return Promise.resolve({ kind: "stored", n: parts.length, old: 0 });
      },
    },
    { triggerId: "t1", anchorId: "a1", runFence: 1 },
  );
  return { recorder, writes, stored, away: (is: boolean) => void (isAway = is) };
}

it("writes a part that is updated two hundred times once a flush, as head and tail, with nothing secret", async () => {
  const { recorder, writes, stored } = stage();
  const output = `secret head ${"x".repeat(2 * MEBIBYTE)} tail`;
  for (let at = 1; at <= 200; at += 1) {
    recorder.add(tool("prt_1", at === 200 ? "completed" : "running", output.slice(0, (output.length * at) / 200)));
    if (at % 100 === 0) await recorder.flush();
  }
  expect(writes.map(({ length }) => length)).toEqual([1, 1]);
  const text = JSON.stringify(stored.get("prt_1")?.state);
  expect(text).toMatch(/\[redacted\] head x+[^]*characters left out[^]*x tail/);
  expect(text.length).toBeLessThan(70 * 1024);
});

it("keeps what is final through an outage, within its bound, and asks for the rest afterwards", async () => {
  const { recorder, stored, away } = stage();
  away(true);
  for (let at = 0; at < 60; at += 1) {
    recorder.add(tool(`final_${at}`, "completed", "y".repeat(MEBIBYTE / 4)));
    recorder.add(tool(`open_${at}`, "running", "z".repeat(MEBIBYTE)));
    await recorder.flush();
  }
  expect(recorder.wantsRefill()).toBe(false);
  away(false);
  await recorder.flush();
  const finals = [...stored.keys()].filter((id) => id.startsWith("final_"));
  expect(finals).toHaveLength(60);
  expect(stored.size).toBeLessThan(60 + 20);
  expect([recorder.wantsRefill(), recorder.wantsRefill()]).toEqual([true, false]);
});
