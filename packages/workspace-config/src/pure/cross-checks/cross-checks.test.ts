import { readFileSync } from "node:fs";

import { expect, it } from "vitest";
import { z } from "zod";

import { checkWorkspaceConfig, issueLine } from "../read.ts";

const linesOf = (config: unknown) => checkWorkspaceConfig(JSON.stringify(config)).issues.map(issueLine);
const rule = (match: object, more: object = {}) => ({ match, ...more });
const rules = (...all: object[]) => linesOf({ approvals: { rules: all } });

it("suggests the upstream, tool, group, profile and argument path that was meant", () => {
  expect(
    linesOf({
      profiles: { BILLING: { repos: ["billing"] } },
      approvals: {
        groups: { platform: ["U0ADA"] },
        rules: [
          rule({ upstream: "atlasian" }),
          rule({ upstream: "atlassian", tool: "createJiraIsue" }),
          rule({ upstream: "aws", where: { acount: "1*" } }, { approvers: ["@group:platfrom"] }),
          rule({ profile: "BILLNG", tool: "x" }),
          rule({ upstream: "grafana", tool: "list_datasources" }),
        ],
      },
    }),
  ).toEqual([
    '- approvals.rules[0].match.upstream: unknown upstream "atlasian". Did you mean "atlassian"?',
    '- approvals.rules[1].match.tool: "createJiraIsue" is not an approve tool of atlassian. Did you mean "createJiraIssue"?',
    '- approvals.rules[2].match.where.acount: aws has no "acount". Did you mean "account"?',
    '- approvals.rules[2].approvers[0]: unknown group "platfrom". Did you mean "platform"?',
    '- approvals.rules[3].match.profile: unknown profile "BILLNG". Did you mean "BILLING"?',
    '- approvals.rules[3].match.tool: needs "upstream"',
    '- approvals.rules[4].match.tool: "list_datasources" is not an approve tool of grafana',
  ]);
});

it("counts a tool that thor.json made an approve tool", () => {
  const mcp = { posthog: { approve: ["query-paths"] } };
  const match = { upstream: "posthog", tool: "query-paths" };
  expect(linesOf({ mcp, approvals: { rules: [rule(match)] } })).toEqual([]);
  expect(rules(rule(match))).toHaveLength(1);
});

it("refuses a quorum that the listed users cannot reach, inherited parts included, unless a group may help", () => {
  expect(rules(rule({}, { approvers: ["U0A", "U0B"], quorum: 3 }))).toEqual([
    "- approvals.rules[0].quorum: quorum 3 is larger than the number of listed users (2)",
  ]);
  expect(rules(rule({}, { approvers: ["U0A", "S0B"], quorum: 3 }))).toEqual([]);
  const inherited = { defaults: { quorum: 2, approvers: ["*"] }, rules: [rule({}, { approvers: ["U0A"] })] };
  expect(linesOf({ approvals: inherited })).toEqual([
    "- approvals.rules[0].approvers: quorum 2 is larger than the number of listed users (1)",
  ]);
});

it("refuses grants for aws, an empty match before the end, and a rule that an earlier one always hides", () => {
  expect(rules(rule({ upstream: "aws" }, { grants: { enabled: true } }))).toEqual([
    "- approvals.rules[0].grants.enabled: aws always asks: no grants",
  ]);
  expect(rules(rule({}), rule({ upstream: "gh" }))).toEqual([
    "- approvals.rules[0].match: an empty match fits everything: only the last rule may have it",
  ]);
  const hidden = "- approvals.rules[1]: is never reached: rules[0] always matches first";
  const aws = (account: unknown) => rule({ upstream: "aws", where: { account } });
  expect(rules(rule({ upstream: "gh" }), rule({ upstream: "gh", repo: "web" }))).toEqual([hidden]);
  expect(rules(aws("11*"), aws(["1122", "1133"]))).toEqual([hidden]);
  expect(rules(aws("11*"), aws(["1122", "2233"]))).toEqual([]);
  expect(rules(aws("11*"), rule({ upstream: "aws" }))).toEqual([]);
  expect(rules(rule({ upstream: "gh", repo: "web" }), rule({ upstream: "gh" }))).toEqual([]);
});

it("knows the groups of those who may continue", () => {
  expect(linesOf({ budgets: { continueApprovers: ["@group:leads"] } })).toEqual([
    '- budgets.continueApprovers[0]: unknown group "leads"',
  ]);
});

const upstream = (more: object) => linesOf({ mcp: { linear: { url: "https://mcp.example", allow: ["a"], ...more } } });

it("accepts an upstream only with an address and exact tools", () => {
  expect(upstream({})).toEqual([]);
  expect(upstream({ url: "http://127.0.0.1:9/mcp" })).toEqual([]);
  expect(upstream({ url: "${MCP_LINEAR_URL}" })).toEqual([]);
  expect(upstream({ url: "http://mcp.example" })).toEqual([
    '- mcp.linear.url: must be https, unless "insecure" is true',
  ]);
  expect(upstream({ url: "http://mcp.example", insecure: true })).toEqual([]);
  expect(upstream({ url: "https://me:pw@mcp.example" })).toEqual(["- mcp.linear.url: may not hold credentials"]);
  expect(upstream({ url: "ftp://mcp.example", insecure: true })).toHaveLength(1);
  expect(upstream({ allow: [] })).toEqual(["- mcp.linear: needs at least one tool"]);
  expect(upstream({ allow: ["*"] })).toEqual(["- mcp.linear.allow[0]: must be the exact name of a tool"]);
  expect(upstream({ approve: ["a"] })).toEqual(['- mcp.linear.approve[0]: "a" is in allow too']);
  expect(upstream({ profiles: ["P"], hide: ["b"] })).toEqual([
    '- mcp.linear.profiles[0]: unknown profile "P"',
    "- mcp.linear.hide: is for built-in upstreams only",
  ]);
  expect(upstream({ approve: ["bcd"], disclaimers: { bce: "text" } })).toEqual([
    '- mcp.linear.disclaimers.bce: "bce" is not in approve. Did you mean "bcd"?',
  ]);
  expect(linesOf({ mcp: { linear: { allow: ["a"] } } })).toEqual(['- mcp.linear: needs "url"']);
  expect(linesOf({ mcp: { aws: { url: "https://a.example", allow: ["a"] } } })).toHaveLength(1);
  expect(linesOf({ mcp: { list: { url: "https://a.example", allow: ["a"] } } })).toHaveLength(1);
});

it("sends no variable to an upstream that is not meant for one", () => {
  const line = "- mcp.linear.headers.Authorization: may not use ${DATABASE_URL}: only variables that start with MCP_";
  expect(upstream({ headers: { Authorization: "Bearer ${DATABASE_URL}" } })).toEqual([line]);
  expect(upstream({ headers: { Authorization: "Bearer ${MCP_TOKEN" } })).toHaveLength(1);
  expect(upstream({ headers: { Authorization: "Bearer ${MCP_TOKEN}" } })).toEqual([]);
});

it("lets thor.json only tighten a built-in upstream", () => {
  expect(linesOf({ mcp: { posthog: { approve: ["query-paths"], hide: ["docs-search"] } } })).toEqual([]);
  expect(linesOf({ mcp: { posthog: { allow: ["execute-sql"], hide: ["query-path"] } } })).toEqual([
    "- mcp.posthog.allow: a built-in upstream accepts only approve and hide",
    '- mcp.posthog.hide[0]: unknown tool "query-path". Did you mean "query-paths"?',
  ]);
});

const Samples = z.strictObject({
  rules: z.array(z.strictObject({ accepted: z.boolean(), why: z.string(), rule: z.unknown() })),
  passthrough: z.array(z.strictObject({ accepted: z.boolean(), host: z.string() })),
});
const samples = Samples.parse(
  JSON.parse(readFileSync(new URL("../../../egress-samples.json", import.meta.url), "utf8")),
);

it.each(samples.rules)("judges a proxy rule as the shared table says: $why", ({ accepted, rule: given }) => {
  expect(linesOf({ mitmproxy: [given] }).length === 0).toBe(accepted);
});

it.each(samples.passthrough)("judges the pass-through host $host as the shared table says", ({ accepted, host }) => {
  expect(linesOf({ mitmproxy_passthrough: [host] }).length === 0).toBe(accepted);
});
