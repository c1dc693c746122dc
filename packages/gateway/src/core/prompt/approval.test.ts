import { ApprovalOutcome } from "@thor/domain/approval";
import { describe, expect, it } from "vitest";

import { approvalBlock } from "./approval.ts";

const outcome = (more: object = {}) =>
  ApprovalOutcome.parse({
    actionId: "a1",
    decision: "approved",
    reviewer: "U0ALICE001",
    channel: "C1",
    threadTs: "1.1",
    upstreamName: "atlassian",
    tool: "createJiraIssue",
    resolutionStatus: "approved",
    resolutionExitCode: 0,
    resolutionSideEffectAttempted: true,
    state: "done",
    ...more,
  });

describe("how a request ended", () => {
  it.each([
    ["done", {}, "has been carried out already"],
    ["failed early", { state: "failed", resolutionSideEffectAttempted: false }, "failed before it changed anything"],
    ["failed late", { state: "failed" }, "not certain what it did"],
    ["rejected", { decision: "rejected", state: "rejected", resolutionStatus: "rejected" }, "was not approved"],
    ["vetoed", { state: "rejected", resolutionStatus: "rejected" }, "could not be carried out as it was shown"],
  ])("%s: says what to do about it", (_name, more, words) => {
    expect(approvalBlock([outcome(more)])).toContain(words);
  });

  it("names who, what and where, and an edit, in numbered items", () => {
    const block = approvalBlock([
      outcome({ reason: "looks right" }),
      outcome({ reviewer: "an operator", tool: "", replaces: "a0", editedFields: ["summary"] }),
    ]);
    expect(block).toMatch(/^Approval outcome events\n\n1\. /);
    for (const words of [
      "Reviewer: <@U0ALICE001>",
      "Target: atlassian/createJiraIssue",
      "Thread: 1.1",
      "Reason: looks right",
    ])
      expect(block).toContain(words);
    expect(block).toContain("\n\n2. ");
    expect(block).toContain("Reviewer: an operator");
    expect(block).toContain("atlassian/unknown tool");
    expect(block).toContain("A person changed: summary; the request is now a1, before it was a0.");
  });
});
