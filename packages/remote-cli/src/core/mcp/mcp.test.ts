import { atlassian } from "@thor/integrations/atlassian";
import { genericApproveTool } from "@thor/integrations/manifest";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { attributionFrom } from "./attribution.ts";
import { parseMcp } from "./command.ts";
import { nextConnection, type ConnectionInput, type ConnectionState } from "./connection.ts";
import { driftReport, isRefusing, withdrawnBy } from "./drift.ts";
import { unknownName } from "./listing.ts";
import { parseArguments } from "./parse-arguments.ts";
import { prepareArguments } from "./prepare.ts";
import { resultText } from "./result.ts";
import { targetFault } from "./target.ts";
import { takesString, withoutArguments, type UpstreamTool } from "./tool.ts";

const toolOf = (name: string) => atlassian.tools.approve.find((tool) => tool.name === name) ?? genericApproveTool(name);
const values = { ATLASSIAN_CLOUD_ID: "cloud-1" };

describe("the command", () => {
  it.each([
    ["", { kind: "upstreams", isJson: false }],
    ["list --json", { kind: "upstreams", isJson: true }],
    ["up --search ab", { kind: "tools", upstream: "up", search: "ab" }],
    ["up tool --help", { kind: "tool", upstream: "up", tool: "tool" }],
    ["up tool {} --help", { kind: "tool", upstream: "up", tool: "tool" }],
    [
      "up tool - --timeout 2m",
      { kind: "call", upstream: "up", tool: "tool", argument: "-", isJson: false, timeoutMs: 120_000 },
    ],
  ])("reads %j", (text, request) => {
    expect(parseMcp(text.split(" ").filter(Boolean))).toEqual({ kind: "request", request });
  });

  it.each([
    "up tool {} x",
    "--unknown",
    "--json --json",
    "up tool {} --timeout 6m",
    "up tool {} --timeout x",
    "up --timeout 1m",
    "up tool --search x",
    "up --search",
  ])("refuses %j", (text) => {
    expect(parseMcp(text.split(" ")).kind).toBe("refused");
  });

  it("says where JSON is broken and never repeats it", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 8 }), (words) => {
        // A sign that no words of ours hold: chance alone may write one of them.
        const text = `§${words}`;
        const parsed = parseArguments(`{"secret": ${text}`);
        fc.pre(parsed.kind === "refused");
        expect(JSON.stringify(parsed)).not.toContain(text);
      }),
    );
    expect(parseArguments("[1]").kind).toBe("refused");
  });

  it("suggests visible names only", () => {
    expect(unknownName("tool", "getjiraissue", ["getJiraIssue", "other"])).toContain("Did you mean: getJiraIssue?");
    expect(unknownName("tool", "x", [])).toContain("none is available");
  });
});

describe("arguments", () => {
  const prepare = (name: string, authored: Record<string, string>) =>
    prepareArguments({ integration: atlassian, tool: toolOf(name), values }, authored, {
      link: "https://l",
      attributed: {},
    });

  it("carry pins and footer, whatever the agent wrote there", () => {
    const prepared = prepare("createJiraIssue", { projectKey: "P", issueTypeName: "T", summary: "s", cloudId: "evil" });
    expect(prepared).toMatchObject({
      kind: "prepared",
      args: { cloudId: "cloud-1" },
      injected: { cloudId: "cloud-1" },
    });
    expect(prepared.kind === "prepared" && prepared.args["description"]).toMatch(/^\n*---\nAI-generated/);
  });

  it("are refused without what is required, or with a form of text that Thor does not write", () => {
    expect(prepare("createJiraIssue", { projectKey: "P" })).toMatchObject({
      reason: "missing: issueTypeName, summary",
    });
    expect(prepare("createConfluencePage", { spaceId: "1", body: "b", contentFormat: "adf" }).kind).toBe("refused");
    const page = prepare("createConfluencePage", { spaceId: "1", body: "b" });
    expect(page).toMatchObject({ args: { contentFormat: "markdown" } });
  });

  it("are shown without what Thor sets", () => {
    const schema = { type: "object", properties: { cloudId: {}, a: {} }, required: ["cloudId", "a"] };
    expect(withoutArguments(schema, ["cloudId"])).toEqual({ type: "object", properties: { a: {} }, required: ["a"] });
    expect(takesString({ anyOf: [{ type: "null" }, { type: "string" }] })).toBe(true);
    expect(takesString({ type: "object" })).toBe(false);
  });

  it("name a person only when exactly one account is found", () => {
    const said = (value: unknown) =>
      attributionFrom({
        kind: "result",
        result: { content: [{ type: "text", text: JSON.stringify(value) }], isError: false },
      });
    expect(said({ users: [{ accountId: "a" }, { accountId: "a" }] })).toEqual({ kind: "applied", accountId: "a" });
    expect(said({ users: [{ accountId: "a" }, { accountId: "b" }] })).toMatchObject({ why: "lookup_multiple_matches" });
    expect(said([])).toMatchObject({ why: "lookup_no_match" });
    expect(attributionFrom({ kind: "not_sent", error: "" })).toMatchObject({ why: "upstream_disconnected" });
  });
});

describe("drift", () => {
  const offered: UpstreamTool[] = [
    ...atlassian.tools.allow,
    ...atlassian.tools.internal,
    ...atlassian.tools.approve.map(({ name }) => name),
  ].map((name) => ({
    name,
    inputSchema: {
      type: "object",
      properties: {
        cloudId: { type: "string" },
        description: { type: "string" },
        commentBody: { type: "string" },
        body: { type: "string" },
      },
    },
  }));
  const none = { accepted: new Map<string, string>(), current: new Map<string, string>() };
  const report = (tools: UpstreamTool[], digests = none) => driftReport(atlassian, tools, digests);

  it("is empty for what the manifest expects, and collects everything that differs at once", () => {
    expect(report(offered)).toEqual([]);
    const changed = offered
      .filter(({ name }) => name !== "getJiraIssue")
      .map((tool) => (tool.name === "createJiraIssue" ? { ...tool, inputSchema: { type: "object" } } : tool))
      .map((tool) => (tool.name === "getConfluencePage" ? { ...tool, isDestructive: true } : tool));
    const drifts = report([...changed, { name: "deleteEverything", inputSchema: {} }], {
      accepted: new Map([["createIssueLink", "1"]]),
      current: new Map([["createIssueLink", "2"]]),
    });
    expect(drifts.map(({ kind, tool }) => `${kind} ${tool}`).toSorted()).toEqual([
      "disclaimer_field_missing createJiraIssue",
      "hint_conflict getConfluencePage",
      "missing getJiraIssue",
      "new deleteEverything",
      "pin_missing createJiraIssue",
      "schema_changed createIssueLink",
    ]);
    expect([...withdrawnBy(drifts)].toSorted()).toEqual(["createJiraIssue", "getJiraIssue"]);
    expect(isRefusing(drifts)).toBe(true);
    expect(isRefusing([{ kind: "new", tool: "x" }])).toBe(false);
  });
});

describe("a connection", () => {
  const inputs: ConnectionInput[] = ["wanted", "connected", "failed", "rejected", "dropped", "due", "idle"];
  const run = (given: readonly ConnectionInput[]) =>
    given.reduce<ConnectionState>((state, input) => nextConnection(state, input, 0.5), { kind: "absent" });

  it("tries five times after a drop, ever more slowly, and once for a call", () => {
    expect(run(["wanted", "failed"])).toEqual({ kind: "absent" });
    const cycle: ConnectionInput[] = ["due", "failed"];
    const drop: ConnectionInput[] = ["wanted", "connected", "dropped"];
    expect(run(drop)).toMatchObject({ kind: "backoff", delayMs: 1000 });
    expect(run([...drop, ...cycle])).toMatchObject({ kind: "backoff", delayMs: 2000 });
    expect(run([...drop, ...Array.from({ length: 4 }, () => cycle).flat()])).toMatchObject({ delayMs: 16_000 });
    expect(run([...drop, ...Array.from({ length: 5 }, () => cycle).flat()])).toEqual({ kind: "absent" });
    expect(run([...drop, "due", "rejected"])).toEqual({ kind: "absent" });
  });

  it("is closed for good", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...inputs)), fc.array(fc.constantFrom(...inputs)), (before, after) => {
        expect(run([...before, "close", ...after])).toEqual({ kind: "closed" });
      }),
    );
  });

  it.each([
    ["https://mcp.example/x", undefined, true],
    ["http://127.0.0.1:1/x", undefined, true],
    ["http://mcp.example/x", undefined, false],
    ["http://mcp.example/x", true, true],
    ["http://169.254.169.254/latest", true, false],
    ["https://[fe80::1]/x", undefined, false],
    ["not an address", undefined, false],
  ])("to %s (insecure: %s) is allowed: %s", (url, insecure, isAllowed) => {
    expect(targetFault({ transport: "http", url, headers: {}, insecure }) === undefined).toBe(isAllowed);
  });
});

describe("a result", () => {
  const text = { type: "text", text: "hello" };
  it("is text first, structure without text, and whole where parts are binary", () => {
    const link = { type: "resource_link", name: "doc", uri: "file:///d" };
    expect(resultText({ content: [link, text], isError: false }, false)).toBe("hello\ndoc file:///d\n");
    expect(resultText({ content: [], structuredContent: { a: 1 }, isError: false }, false)).toBe('{\n  "a": 1\n}\n');
    const image = { type: "image", data: "AAAA", mimeType: "image/png" };
    expect(JSON.parse(resultText({ content: [text, image], isError: false }, false))).toMatchObject({
      content: [text, image],
    });
    expect(JSON.parse(resultText({ content: [text], isError: false }, true))).toMatchObject({ content: [text] });
  });
});
