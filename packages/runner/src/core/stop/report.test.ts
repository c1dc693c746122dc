import { expect, it } from "vitest";

import { deedsOf } from "./deeds.ts";
import { droppedBy } from "./dropped.ts";
import { stopReport } from "./report.ts";

const NOTHING = { cancelled: 0, kept: 0, withdrawn: 0, executing: 0 };
let serial = 0;
const call = (tool: string, input: object, more: object = {}) => ({
  partId: `prt_${(serial += 1)}`,
  state: { tool, status: "completed", input: JSON.stringify(input), output: "", ...more },
});
const bash = (command: string, more: object = {}) => call("bash", { command }, more);

it("tells what was done with its result, what was cut off, and what became of what waited", () => {
  const deeds = deedsOf([
    bash("git status"),
    call("write", { filePath: "/a", content: "x" }),
    call("edit", { filePath: "/a" }),
    call("edit", { filePath: "/never" }, { status: "error", output: "not found" }),
    call("apply_patch", { patchText: "*** Begin Patch\n*** Update File: /b\n*** Add File: /c\n" }),
    bash("git add . && git -C /w commit -m x", { exit: 0 }),
    bash("gh pr create --fill", { exit: 1 }),
    { partId: "prt_text", state: { text: "git push" } },
    bash("sleep 600", { status: "error", output: "Tool execution aborted" }),
    bash("git push origin x", { status: "running" }),
  ]);
  const run = { ...deeds, tookMs: 192_000, viewUrl: "https://thor.example/runner/v/a/t" };
  expect(stopReport({ by: "U1", run, cancelled: 2, kept: 1, withdrawn: 1, executing: 1 })).toBe(
    [
      "⏹ Stopped by <@U1> after 3m 12s",
      "• done: git commit, gh pr create (failed), 3 files edited",
      "• interrupted: sleep, git push (may have taken effect)",
      "• 2 waiting events cancelled",
      "• 1 request for approval withdrawn",
      "• 1 approved action already under way",
      "• 1 message kept until you write again",
      "<https://thor.example/runner/v/a/t|View>",
    ].join("\n"),
  );
});

it("names the newest five deeds, and no command of the agent can call anybody", () => {
  const many = ["git merge x", "git commit", "git push", "git tag v1", "git commit", "git push"].map((each) =>
    bash(each),
  );
  expect(deedsOf(many).done).toEqual(["git commit", "git push", "git tag", "git commit", "git push"]);
  const loud = { ...deedsOf([bash("git <!channel>", { status: "running" })]), tookMs: 0, viewUrl: undefined };
  expect(stopReport({ ...NOTHING, run: loud })).toBe("⏹ Stopped after 0s\n• interrupted: git &lt;!channel&gt;");
});

it("counts an edit whose stored input was cut, and says when nothing was running", () => {
  const cut = { partId: "prt_cut", state: { tool: "write", status: "completed", input: '{"content":"…', output: "" } };
  expect(deedsOf([cut])).toEqual({ done: [], filesEdited: 1, interrupted: [] });
  expect(stopReport(NOTHING)).toBe("⏹ Stopped: nothing was running");
});

it("counts what all attempts of a stop dropped, and what is left now", () => {
  const first = { cancelled: 2, kept: 1, withdrawn: 1, executing: 1 };
  const second = { cancelled: 1, kept: 3, withdrawn: 0, executing: 0 };
  expect(droppedBy([{ detail: second }, { detail: first }])).toEqual({
    cancelled: 3,
    kept: 3,
    withdrawn: 1,
    executing: 1,
  });
  expect(droppedBy([])).toEqual(NOTHING);
  expect(droppedBy([{ detail: {} }])).toEqual(NOTHING);
});
