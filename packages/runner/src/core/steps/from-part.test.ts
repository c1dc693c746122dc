import { expect, it } from "vitest";

import { createRedact } from "../redact.ts";
import { stateOfPart } from "./from-part.ts";

const TOKEN = `ghp_${"a1".repeat(18)}`;
const redact = createRedact(["the internal secret", undefined, "short"]);
const ids = { id: "prt_1", sessionID: "ses_1", messageID: "msg_1" };
const tool = (state: object) => ({
  ...ids,
  type: "tool" as const,
  tool: "bash",
  callID: "c1",
  state: { status: "completed" as const, ...state },
});

it("keeps no credential of a tool's words, nor of the agent's, and no secret of this service", () => {
  const input = { command: `curl -H "authorization: ${TOKEN}"` };
  const output = `AKIAABCDEFGHIJKLMNOP and the internal secret, in short`;
  const kept = JSON.stringify([
    stateOfPart(tool({ input, output, title: TOKEN }), redact),
    stateOfPart({ ...ids, type: "text", text: `I found ${TOKEN}` }, redact),
  ]);
  expect(kept).not.toMatch(/ghp_|AKIA|internal secret/);
  expect(kept.match(/redacted:GitHub token/g)).toHaveLength(3);
  expect(kept).toContain("in short");
});

it("keeps head and tail of two megabytes, and a credential that the cut would have split is gone too", () => {
  const lines = Array.from({ length: 60_000 }, (_one, at) => `line ${at} of a long output ${TOKEN.slice(0, 10)}`);
  const whole = [...lines.slice(0, 1300), TOKEN, ...lines.slice(1300), "the last line"].join("\n");
  const kept = stateOfPart(tool({ output: whole }), redact);
  expect(kept?.truncated).toBe(true);
  expect(kept?.bytes).toBeLessThan(80_000);
  const text = JSON.stringify(kept?.state);
  expect(text).toMatch(/line 0 of[\s\S]*characters left out[\s\S]*the last line/);
  expect(text).not.toContain(TOKEN.slice(0, 30));
});
