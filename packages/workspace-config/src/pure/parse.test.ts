import { expect, it } from "vitest";

import { parseWorkspaceConfig } from "./parse.ts";

it("reads an empty object as no rights for anybody", () => {
  expect(parseWorkspaceConfig("{}")).toEqual({
    kind: "valid",
    config: { owners: {}, users: [], profiles: {}, slack: { channelRepos: {} }, github: { protectedBranches: [] } },
  });
});

it("names every fault at once, with a suggestion for a slip of the pen", () => {
  const text = JSON.stringify({ users: [{ email: "a@b.example", name: "A", slak: "U123" }], owners: { acme: {} } });
  expect(parseWorkspaceConfig(text)).toEqual({
    kind: "invalid",
    issues: [
      "- owners.acme.github_app_installation_id: Invalid input: expected number, received undefined",
      '- users[0].slak: unknown key "slak". Did you mean "slack"?',
    ],
  });
});

it("refuses one owner under two spellings, one channel in two profiles, and text that is not JSON", () => {
  const owner = { github_app_installation_id: 1 };
  expect(parseWorkspaceConfig(JSON.stringify({ owners: { acme: owner, ACME: owner } })).kind).toBe("invalid");
  const profiles = { A: { channels: ["C123"] }, B: { channels: ["C123"] } };
  expect(parseWorkspaceConfig(JSON.stringify({ profiles })).kind).toBe("invalid");
  expect(parseWorkspaceConfig("{,}").kind).toBe("invalid");
});
