import { describe, expect, it } from "vitest";

import { githubIssueKey, gitBranchKey, parseCorrelationKey, slackThreadKey } from "./correlation-key.ts";

describe("correlation keys", () => {
  it("parses what it built, for every bindable kind", () => {
    expect(parseCorrelationKey(slackThreadKey("C1", "170.000001"))).toEqual({
      kind: "bindable",
      type: "slack.thread",
      value: "C1/170.000001",
    });
    expect(parseCorrelationKey(gitBranchKey("demo", "feat/x"))).toEqual({
      kind: "bindable",
      type: "git.branch",
      value: "demo:feat/x",
    });
    expect(parseCorrelationKey(githubIssueKey("demo", "acme/demo", 3))).toEqual({
      kind: "bindable",
      type: "github.issue",
      value: "demo:acme/demo#3",
    });
  });

  it("keeps keys of machines unbindable and refuses a broken bindable one", () => {
    expect(parseCorrelationKey("cron:abc:1").kind).toBe("unbindable");
    expect(parseCorrelationKey("slack:thread:../etc/1").kind).toBe("malformed");
  });
});
