import { expect, it } from "vitest";

import { failureOf, permissionsOf } from "./github-token.ts";

const repository = { owner: "acme", repo: "r" };

it.each([
  [{ kind: "key" } as const, "key_unreadable"],
  [{ kind: "status", status: 401, text: "Bad credentials" } as const, "app_rejected"],
  [{ kind: "status", status: 403, text: "Resource not accessible" } as const, "installation_gone"],
  [{ kind: "status", status: 404, text: "Not Found" } as const, "installation_gone"],
  [{ kind: "status", status: 422, text: "repositories do not exist" } as const, "repo_not_installed"],
  [{ kind: "status", status: 422, text: "The permissions requested: issues" } as const, "permission_missing"],
  [{ kind: "status", status: 403, text: "API rate limit exceeded" } as const, "rate_limited"],
  [{ kind: "status", status: 429, text: "" } as const, "rate_limited"],
  [{ kind: "status", status: 502, text: "" } as const, "unavailable"],
  [{ kind: "network", code: "ECONNRESET" } as const, "unavailable"],
])("sorts %j into %s, in one line", (answer, expected) => {
  const failure = failureOf(answer, repository);
  expect(failure.class).toBe(expected);
  expect(failure.text).not.toContain("\n");
});

it("asks for the least that a purpose needs, and for workflows only when the operator says so", () => {
  expect(permissionsOf("read", true)).toEqual({ metadata: "read", contents: "read" });
  expect(permissionsOf("push", false)).toEqual({ metadata: "read", contents: "write" });
  expect(permissionsOf("push", true)).toHaveProperty("workflows", "write");
  const reads = permissionsOf("gh_read", true);
  expect(new Set(Object.values(reads))).toEqual(new Set(["read"]));
  for (const [use, more] of [
    ["issues_write", "issues"],
    ["pulls_write", "pull_requests"],
    ["actions_write", "actions"],
  ] as const)
    expect(permissionsOf(use, true)).toEqual({ ...reads, [more]: "write" });
});
