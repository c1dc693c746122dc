import { expect, it } from "vitest";

import { admissionOf } from "./admission.ts";
import { approvalPolicyFor } from "./approval-rule.ts";
import { limitsFor } from "./budget-rule.ts";
import { explainApproval, explainProfile } from "./explain.ts";
import { operationalOf } from "./operational.ts";
import { readWorkspaceConfig } from "./read.ts";

const configOf = (value: unknown) => {
  const read = readWorkspaceConfig(JSON.stringify(value));
  if (read.kind !== "valid") throw new Error(JSON.stringify(read.issues));
  return read.config;
};

const CONFIG = configOf({
  profiles: { BILLING: { channels: ["C0BILL"], repos: ["billing"], credentials: "own" } },
  approvals: {
    defaults: { expiresAfter: "8h", channel: "C0APPROVE", grants: { maxUses: 5 } },
    grants: { max_hours: 1 },
    groups: { platform: ["U0ADA", "S0PLAT"] },
    rules: [
      {
        match: { upstream: "aws", where: { account: ["1111*", "2222"] } },
        approvers: ["@group:platform"],
        selfApproval: false,
        quorum: 2,
        requireReason: "always",
        expiresAfter: "1h",
        channel: "C0OPS",
      },
      { match: { upstream: "atlassian", where: { "fields.labels.0": "urgent" } }, grants: { duration: "8h" } },
      { match: { repo: "billing" }, remind: false },
    ],
  },
  budgets: {
    perRun: { usd: 10 },
    perDay: { usd: 200, sandboxMinutes: 600 },
    overrides: [
      { match: { channel: "C0BILL" }, perRun: { usd: 1 } },
      { match: { source: "cron" }, perRun: { usd: 2 }, perDay: { usd: 20 } },
    ],
  },
});
const { approvals } = CONFIG;

it("takes the first rule that matches and fills what it leaves unset from the defaults, then from Thor's own", () => {
  const aws = approvalPolicyFor(approvals, { upstream: "aws", tool: "awsExec", args: { account: "111122" } });
  expect(aws).toEqual({
    rule: 0,
    approvers: ["@group:platform"],
    selfApproval: false,
    quorum: 2,
    expiresAfterMs: 3_600_000,
    requireReason: "always",
    remind: true,
    channel: "C0OPS",
    fallbackChannel: "C0APPROVE",
    grants: { enabled: false, durationMs: 1_800_000, maxUses: 5 },
  });
  const other = approvalPolicyFor(approvals, { upstream: "aws", tool: "awsExec", args: { account: "3333" } });
  expect(other).toMatchObject({ rule: undefined, approvers: ["*"], quorum: 1, expiresAfterMs: 8 * 3_600_000 });
  expect(other.grants.enabled).toBe(false);
});

it("looks into arguments by dotted path, and a missing one does not match", () => {
  const action = { upstream: "atlassian", tool: "createJiraIssue", args: { fields: { labels: ["urgent"] } } };
  const policy = approvalPolicyFor(approvals, action);
  expect([policy.rule, policy.grants.durationMs]).toEqual([1, 3_600_000]);
  expect(approvalPolicyFor(approvals, { ...action, args: {} }).rule).toBeUndefined();
  expect(approvalPolicyFor(approvals, { ...action, args: null, repo: "billing" })).toMatchObject({
    rule: 2,
    remind: false,
  });
});

it("finds per limit the first override that sets it", () => {
  const { budgets } = operationalOf(CONFIG);
  expect(limitsFor(budgets, {})).toEqual({ perRun: { usd: 10 }, perDay: { usd: 200, sandboxMinutes: 600 } });
  expect(limitsFor(budgets, { channel: "C0BILL", source: "cron" })).toEqual({
    perRun: { usd: 1 },
    perDay: { usd: 20 },
  });
});

it("names the rule and the approvers that would apply", () => {
  const lines = explainApproval({ approvals }, { upstream: "aws", tool: "awsExec", args: { account: "2222" } });
  expect(lines.slice(0, 3)).toEqual([
    'approvals.rules[0] {"upstream":"aws","where":{"account":["1111*","2222"]}}',
    "approvers: @group:platform",
    "quorum: 2, not the requester",
  ]);
  expect(explainApproval({ approvals }, { upstream: "gh", tool: "ghIssueCreate", args: {} })[0]).toBe(
    "no rule matches: approvals.defaults",
  );
});

it("names the profile of a conversation and what made it", () => {
  const admission = admissionOf(CONFIG);
  expect(explainProfile(admission, ["C0BILL"], "billing")).toEqual([
    "profile BILLING: variables that end in _BILLING, credentials: own",
    "channel C0BILL is in profile BILLING",
    "repository billing is in profile BILLING",
  ]);
  expect(explainProfile(admission, ["C0WEB"], "billing")[0]).toBe(
    "error: the repository belongs to a profile this channel is not in",
  );
  expect(explainProfile(admission, [], undefined)).toEqual(["no profile: global credentials"]);
});
