import { expect, it } from "vitest";

import { grantFor, isTrustedSender, userByGithub, userBySlack } from "./trust.ts";

const owners = { Acme: { github_app_installation_id: 7 }, Beta: { github_app_installation_id: 8, repos: ["Web"] } };

it.each([
  ["acme/anything", { kind: "granted", owner: "Acme", installationId: 7 }],
  ["BETA/web", { kind: "granted", owner: "Beta", installationId: 8 }],
  ["beta/api", { kind: "refused", why: "repo_not_listed" }],
  ["gamma/web", { kind: "refused", why: "unknown_owner" }],
  ["constructor/web", { kind: "refused", why: "unknown_owner" }],
])("grants %s as the owners say", (fullName, grant) => {
  expect(grantFor({ owners }, fullName)).toEqual(grant);
});

const users = [{ email: "ada@acme.example", name: "Ada", slack: "U0ADA", github: "AdaL" }];

it("finds a person by Slack id and by GitHub login, whatever its spelling", () => {
  expect(userBySlack({ users }, "U0ADA")?.name).toBe("Ada");
  expect(userByGithub({ users }, "adal")?.name).toBe("Ada");
  expect([userBySlack({ users }, "U9"), userByGithub({ users }, "eve")]).toEqual([undefined, undefined]);
});

it.each([
  [{ login: "eve", isBot: false, association: "MEMBER" }, true],
  [{ login: "eve", isBot: false, association: "CONTRIBUTOR" }, false],
  [{ login: "eve", isBot: false }, false],
  [{ login: "adal", isBot: false, association: "NONE" }, true],
  [{ login: "renovate[bot]", isBot: true, association: "NONE" }, true],
  [{ login: "other[bot]", isBot: true, association: "MEMBER" }, false],
  [{ login: "AdaL", isBot: true, association: "OWNER" }, false],
])("trusts sender %j: %s", (sender, isTrusted) => {
  const github = {
    associations: ["MEMBER" as const],
    bots: ["Renovate[bot]"],
    protectedBranches: [],
    forks: "review" as const,
  };
  expect(isTrustedSender({ users, github }, sender)).toBe(isTrusted);
});
