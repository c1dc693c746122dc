import { describe, expect, it } from "vitest";

import type { ToolPart } from "../opencode/project.ts";
import { newProgress, withPart } from "./progress.ts";
import { finalText, liveText } from "./render.ts";
import { toolName } from "./tool-name.ts";

const call = (id: string, tool: string, input: Record<string, unknown> = {}): ToolPart => ({
  id,
  sessionID: "ses_1",
  messageID: "msg_1",
  type: "tool",
  tool,
  callID: id,
  state: { status: "completed", input },
});

describe("tool names", () => {
  it.each([
    ["git push", "git -C /w push -u origin HEAD:x"],
    ["aws s3", "cd x && aws s3 ls"],
    ["npm test", "CI=1 sudo npm test"],
    ["cat", "cat a b"],
    ["bash", "./script.sh"],
    ["bash", ""],
  ])("shows %s for %s", (name, command) => {
    expect(toolName(call("1", "bash", { command }))).toBe(name);
  });
});

const shown = { phase: "running" as const, isWaiting: false, notes: [] };

describe("control message", () => {
  const three = ["Tool0", "Tool1", "Tool2"].map((tool, at) => call(String(at), tool)).reduce(withPart, newProgress(0));

  it("reads exactly so after three quick calls", () => {
    expect(liveText(three, shown, 0)).toBe("⏳ Working... 3 tool calls | 0s elapsed | latest: Tool0, Tool1, Tool2");
  });

  it("counts a call once however often it is updated, and groups repeats", () => {
    const again = [call("0", "read"), call("0", "read"), call("1", "read"), call("2", "bash", { command: "ls" })];
    const progress = again.reduce(withPart, newProgress(0));
    expect(liveText(progress, { ...shown, notes: ["commands run without isolation"] }, 130_000)).toBe(
      "⏳ Working... 3 tool calls | 2m 10s elapsed | latest: read x2, ls\n⚠️ commands run without isolation",
    );
  });

  it("shows from one half on how full the model's context is; nothing, or no news, hides it again", () => {
    const used = (tokens: number) => ({ ...three, context: { tokens, model: "thor/m" } });
    const line = (tokens: number, contextLimit?: number) =>
      liveText(used(tokens), { ...shown, contextLimit }, 0).includes("context:");
    expect([line(49_900, 100_000), line(50_000, 100_000), line(50_000)]).toEqual([false, true, false]);
    const finish = (id: string, input: number) => ({
      id,
      sessionID: "ses_1",
      messageID: "msg_1",
      type: "step-finish" as const,
      tokens: { input, output: 0, reasoning: 0, cache: { read: 0, write: 0 } },
      cost: 0,
    });
    const full = withPart(used(60_000), finish("prt_zero", 0));
    expect(full.context?.tokens).toBe(60_000);
  });

  it("ends with what happened, and no text of an error can notify anybody", () => {
    expect(finalText(three, { kind: "completed", wasCut: false, recovered: 0 }, 65_000)).toBe(
      "✅ Done in 1m 5s · 3 tools",
    );
    expect(finalText(three, { kind: "completed", wasCut: true, recovered: 2 }, 65_000)).toBe(
      "✅ Done in 1m 5s · 3 tools\n⚠️ The answer was cut off by the model's limit\n⚠️ Recovered from 2 error(s) during the run",
    );
    expect(finalText(three, { kind: "failed", error: "no <!channel>\n way" }, 1)).toBe(
      "❌ Failed after 3 tool calls\n• no &lt;!channel&gt; way",
    );
    expect(finalText(three, { kind: "interrupted" }, 1)).toBe("⏹ Stopped: a newer message arrived");
  });
});
