import { expect, it } from "vitest";

import { diffWorkspaceConfig } from "./diff.ts";
import { readWorkspaceConfig } from "./read.ts";

const configOf = (value: unknown) => {
  const read = readWorkspaceConfig(JSON.stringify(value));
  if (read.kind !== "valid") throw new Error(JSON.stringify(read.issues));
  return read.config;
};
const sentences = (before: unknown, after: unknown) => diffWorkspaceConfig(configOf(before), configOf(after));
const ada = { email: "ada@acme.example", name: "Ada" };
const bob = { email: "bob@acme.example", name: "Bob" };
const linear = (token: string) => ({
  linear: { url: "https://mcp.example", headers: { Authorization: `Bearer ${token}` }, allow: ["a"] },
});

it("says what was added, removed and changed, by name", () => {
  expect(
    sentences(
      { users: [ada, bob], profiles: { P: { channels: ["C0A", "C0B"] } }, budgets: { perRun: { usd: 5 } } },
      {
        users: [{ ...bob, name: "Robert" }],
        profiles: { P: { channels: ["C0B", "C0C"] } },
        budgets: { perRun: { usd: 7 } },
        github: { forks: "ignore" },
      },
    ),
  ).toEqual([
    'profiles.P.channels: "C0A" removed',
    'profiles.P.channels: "C0C" added',
    'github.forks changed from "review" to "ignore"',
    "budgets.perRun.usd changed from 5 to 7",
    "users.ada@acme.example removed",
    'users.bob@acme.example.name changed from "Bob" to "Robert"',
  ]);
});

it("never repeats the value of a header", () => {
  expect(sentences({ mcp: linear("old-words") }, { mcp: linear("new-words") })).toEqual([
    "mcp.linear.headers.Authorization changed",
  ]);
});

it("sees the order of rules, and nothing where only the spelling of JSON differs", () => {
  const rules = [{ match: { upstream: "gh" } }, { match: { upstream: "aws" } }];
  expect(sentences({ approvals: { rules } }, { approvals: { rules: rules.toReversed() } })).toHaveLength(2);
  expect(sentences({ github: { bots: ["a", "b"] } }, { github: { bots: ["b", "a"] } })).toEqual([
    "github.bots: order changed",
  ]);
  expect(sentences({}, { users: [], github: { forks: "review" }, slack: {} })).toEqual([]);
});
