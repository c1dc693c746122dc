import { expect, it } from "vitest";

import { brokerFault, type BrokerScope } from "./broker.ts";

const look: BrokerScope = { owner: "acme", repo: "r", token: "gh_read", mayWrite: false, mutations: [] };
const ids: ReadonlySet<string> = new Set(["7"]);
const comment: BrokerScope = { ...look, token: "pulls_write", mayWrite: true, mutations: ["addComment"] };

it("forwards looks at the call's own repository, and changes only where the command is one", () => {
  for (const path of [
    "/repos/acme/r",
    "/repos/ACME/R/pulls",
    "/repositories/7/issues",
    "/search/issues",
    "/rate_limit",
    "/meta",
    "/",
  ])
    expect(brokerFault({ method: "GET", path, ids }, look)).toBeUndefined();
  expect(brokerFault({ method: "POST", path: "/repos/acme/r/issues/1/comments", ids }, look)).toContain("POST");
  expect(brokerFault({ method: "POST", path: "/repos/acme/r/issues/1/comments", ids }, comment)).toBeUndefined();
});

it("refuses other repositories, people and ways around the path", () => {
  const paths =
    `/repos/acme/r2 /repos/acme/r/../other /repos/evil/r /repos/acme/r/%2e%2e/x /repos/acme%2Fr/x /user /orgs/acme
    /installation/repositories /app /search/issues/../../user /repos/acme /gists /repositories/8/issues /repositories/77`.split(
      /\s+/,
    );
  for (const path of paths)
    expect([path, brokerFault({ method: "GET", path, ids }, comment)]).toEqual([path, expect.any(String)]);
});

it("lets through the mutations that a command is made of, and reads otherwise", () => {
  const ask = (scope: BrokerScope, mutations: string[] | undefined, method = "POST") =>
    brokerFault({ method, path: "/graphql", mutations, ids }, scope);
  expect(ask(look, [])).toBeUndefined();
  expect(ask(comment, ["addComment"])).toBeUndefined();
  expect(ask(look, ["addComment"])).toContain("addComment");
  expect(ask(comment, ["addComment", "mergePullRequest"])).toContain("mergePullRequest");
  expect(ask(comment, undefined)).toBe("this is no query");
  expect(ask(look, [], "GET")).toBe("this is no query");
});
