import { expect, it } from "vitest";

import { groupsIn, isRequester, judgeVoter, type VoterFacts } from "./voter.ts";

const config = {
  users: [
    { email: "a@x.org", name: "Ada", slack: "U0ADA", github: "ada" },
    { email: "b@x.org", name: "Bob", slack: "U0BOB", github: "bob" },
    { email: "d@x.org", name: "Dan", github: "dan" },
  ],
  approvals: { defaults: {}, grants: { max_hours: 24 }, groups: { platform: ["U0BOB", "S0OPS"] }, rules: [] },
};
const groups = new Map([["S0OPS", ["U0OPS"]]]);
const member: VoterFacts = { id: "U0BOB", isActive: true, isBot: false, isOutsider: false, isOurTeam: true };
const judge = (
  voter: Partial<VoterFacts>,
  approvers: string[],
  more: { self?: boolean; by?: { kind: "slack" | "github"; id: string }[] } = {},
) =>
  judgeVoter(
    { ...member, ...voter },
    { policy: { approvers, selfApproval: more.self ?? true }, requesters: more.by ?? [] },
    { config, groups },
  );

it.each([
  [{}, ["*"], "allowed"],
  [{ isBot: true }, ["*"], "refused"],
  [{ isActive: false }, ["*"], "refused"],
  [{ isOurTeam: false }, ["*"], "refused"],
  [{ isOurTeam: false }, ["U0BOB"], "refused"],
  [{ isOutsider: true }, ["*"], "refused"],
  [{ isOutsider: true }, ["@users"], "refused"],
  [{ isOutsider: true }, ["U0BOB"], "allowed"],
  [{}, ["U0ADA"], "refused"],
  [{}, ["@users"], "allowed"],
  [{ id: "U0NEW" }, ["@users"], "refused"],
  [{}, ["@group:platform"], "allowed"],
  [{ id: "U0OPS" }, ["@group:platform"], "allowed"],
  [{ id: "U0OPS" }, ["S0OPS"], "allowed"],
  [{ id: "U0OPS" }, ["S0OTHER"], "refused"],
  [{}, ["@group:gone"], "refused"],
  [{}, [], "refused"],
])("judges %j under %j as %s", (voter, approvers, expected) => {
  expect(judge(voter, approvers).kind).toBe(expected);
});

it("lets no requester approve where that is off, under whichever name they are known", () => {
  const off = (voter: string, by: { kind: "slack" | "github"; id: string }[]) =>
    judge({ id: voter }, ["*"], { self: false, by }).kind;
  expect(off("U0BOB", [{ kind: "slack", id: "U0BOB" }])).toBe("refused");
  expect(off("U0BOB", [{ kind: "github", id: "BoB" }])).toBe("refused");
  expect(off("U0ADA", [{ kind: "github", id: "bob" }])).toBe("allowed");
  // A login that nobody in Slack is matched with may be anybody who has no login of their own on record.
  expect(off("U0NEW", [{ kind: "github", id: "dan" }])).toBe("refused");
  expect(off("U0ADA", [{ kind: "github", id: "dan" }])).toBe("allowed");
  expect(off("U0ADA", [])).toBe("allowed");
});

it("knows a requester by Slack id and by login, and which groups have to be read", () => {
  expect(isRequester([{ kind: "github", id: "bob" }], "U0BOB", config)).toBe(true);
  expect(isRequester([{ kind: "slack", id: "U0ADA" }], "U0BOB", config)).toBe(false);
  expect(groupsIn(["@group:platform", "S0X", "*"], config)).toEqual(["S0OPS", "S0X"]);
});
