import { readdirSync, readFileSync } from "node:fs";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { shippedEgress } from "./egress.ts";
import { INTEGRATIONS } from "./index.ts";
import { operatorIntegration } from "./operator.ts";
import { resolveValues } from "./resolve-values.ts";
import { tierOf } from "./tier.ts";
import { tightened } from "./tighten.ts";

const PARTS = ["egress", "index", "integrations.test", "manifest", "operator", "resolve-values", "tier", "tighten"];
const named = (id: string) => INTEGRATIONS.find((one) => one.id === id) ?? operatorIntegration(id, {});

describe("manifests", () => {
  it("are all in the list", () => {
    const files = readdirSync(import.meta.dirname).map((file) => file.replace(/\.ts$/, ""));
    const manifests = files.filter((file) => !PARTS.includes(file));
    expect(INTEGRATIONS.map(({ id }) => id).toSorted()).toEqual(manifests.toSorted());
  });

  it.each(INTEGRATIONS)("of $id names every tool once and only its own variables", ({ tools, variables, ...one }) => {
    const names = [...tools.allow, ...tools.approve.map(({ name }) => name), ...tools.hidden, ...tools.internal];
    expect(new Set(names).size).toBe(names.length);
    const declared = variables.map(({ name }) => name);
    expect(Object.values(one.pin).filter((name) => !declared.includes(name))).toEqual([]);
    const places = JSON.stringify(one.egress).matchAll(/\$\{([^}]*)\}/g);
    expect(Array.from(places, ([, name]) => name).filter((name) => !declared.includes(name ?? ""))).toEqual([]);
    for (const { disclaimer, fields, editable } of tools.approve)
      expect(
        [disclaimer ?? fields[0], ...editable].filter((name) => name !== undefined && !fields.includes(name)),
      ).toEqual([]);
  });

  it("share no variable", () => {
    const all = INTEGRATIONS.flatMap(({ variables }) => variables.map(({ name }) => name));
    expect(new Set(all).size).toBe(all.length);
  });

  it.each([
    ["atlassian", 10, 4],
    ["grafana", 20, 0],
    ["posthog", 30, 2],
    ["langfuse", 11, 0],
  ])("of %s offers %i tools freely and %i on approval", (id, allow, approve) => {
    expect(named(id).tools).toMatchObject({ allow: { length: allow }, approve: { length: approve } });
  });
});

describe("a tier", () => {
  it("is hidden for every name that is not listed exactly", () => {
    fc.assert(
      fc.property(fc.string(), (name) => {
        const { tools } = named("atlassian");
        const known = [...tools.allow, ...tools.approve.map((tool) => tool.name), ...tools.internal];
        fc.pre(!known.includes(name));
        expect(tierOf(named("atlassian"), name)).toEqual({ kind: "hidden" });
      }),
    );
    expect(tierOf(named("atlassian"), "getjiraissue").kind).toBe("hidden");
    expect(tierOf(named("atlassian"), "lookupJiraAccountId").kind).toBe("internal");
    expect(tierOf(named("posthog"), "execute-sql").kind).toBe("approve");
  });

  it("only ever becomes stricter by what an operator writes", () => {
    const strictness = { allow: 0, approve: 1, internal: 2, hidden: 3 };
    const names = fc.subarray([...named("posthog").tools.allow, "execute-sql"]);
    fc.assert(
      fc.property(names, names, fc.constantFrom("insight-get", "execute-sql", "unknown"), (approve, hide, name) => {
        const before = tierOf(named("posthog"), name).kind;
        const after = tierOf(tightened(named("posthog"), { approve, hide }), name).kind;
        expect(strictness[after]).toBeGreaterThanOrEqual(strictness[before]);
        expect(hide.includes(name) && after !== "hidden").toBe(false);
      }),
    );
  });
});

describe("variables", () => {
  const { variables } = named("atlassian");
  const plain = { ATLASSIAN_AUTH: " Basic x ", ATLASSIAN_CLOUD_ID: "https://acme.atlassian.net/" };
  const acme = { name: "ACME", isOwn: false };

  it("are trimmed, and addresses lose their last slash", () => {
    expect(resolveValues(variables, plain, undefined)).toMatchObject({
      kind: "values",
      isSuffixed: false,
      values: { ATLASSIAN_AUTH: "Basic x", ATLASSIAN_CLOUD_ID: "https://acme.atlassian.net" },
    });
  });

  it("of a bundle are all of the profile or none: a part is an error that names what is missing, not a mixture", () => {
    expect(resolveValues(variables, { ...plain, ATLASSIAN_AUTH_ACME: "s3cret" }, acme)).toEqual({
      kind: "incomplete",
      missing: ["ATLASSIAN_CLOUD_ID_ACME"],
    });
    expect(resolveValues(variables, plain, acme)).toMatchObject({ kind: "values", isSuffixed: false });
  });

  it("are absent for a profile with credentials of its own that has none, and where nothing is set", () => {
    expect(resolveValues(variables, plain, { ...acme, isOwn: true })).toEqual({ kind: "absent" });
    expect(resolveValues(variables, { ATLASSIAN_AUTH: "  " }, undefined)).toEqual({ kind: "absent" });
  });

  it("of an operator's upstream are one bundle, and fill address and headers", () => {
    const linear = operatorIntegration("linear", {
      url: "https://${MCP_LINEAR_HOST}/mcp",
      headers: { Authorization: "Bearer ${MCP_LINEAR_TOKEN}" },
      allow: ["list_issues"],
      approve: ["create_issue"],
      disclaimers: { create_issue: "description" },
    });
    const env = { MCP_LINEAR_HOST: "linear.example", MCP_LINEAR_TOKEN: "t0ken" };
    const resolved = resolveValues(linear.variables, env, undefined);
    expect(resolved.kind === "values" && linear.mcp(resolved.values)).toMatchObject({
      url: "https://linear.example/mcp",
      headers: { Authorization: "Bearer t0ken" },
    });
    expect(tierOf(linear, "create_issue")).toMatchObject({ kind: "approve", tool: { disclaimer: "description" } });
    expect(resolveValues(linear.variables, { MCP_LINEAR_HOST: "x" }, undefined).kind).toBe("incomplete");
  });
});

it("ships the proxy the rules that the manifests hold today", () => {
  const shipped = new URL("../../../docker/mitmproxy/rules.generated.json", import.meta.url);
  expect(JSON.parse(readFileSync(shipped, "utf8")), "run: pnpm egress").toEqual(shippedEgress());
});
