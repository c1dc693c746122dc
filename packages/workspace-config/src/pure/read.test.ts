import * as fc from "fast-check";
import { expect, it } from "vitest";

import { readJsonText } from "./json-text.ts";
import { checkWorkspaceConfig, issueLine, readWorkspaceConfig } from "./read.ts";

const linesOf = (config: unknown) =>
  checkWorkspaceConfig(typeof config === "string" ? config : JSON.stringify(config)).issues.map(issueLine);
const owner = { github_app_installation_id: 1 };

it("reads an empty object as no rights for anybody", () => {
  const read = readWorkspaceConfig("{}");
  if (read.kind !== "valid") throw new Error(read.kind);
  expect(read.config).toMatchObject({ owners: {}, users: [], profiles: {}, mcp: {}, mitmproxy: [] });
  expect(read.config.github).toEqual({
    associations: ["OWNER", "MEMBER", "COLLABORATOR"],
    bots: [],
    protectedBranches: [],
    forks: "review",
  });
});

it("names the path of an unknown key and the key that was meant", () => {
  expect(linesOf({ users: [{ email: "a@b.example", name: "A", slak: "U123" }] })).toEqual([
    '- users[0].slak: unknown key "slak". Did you mean "slack"?',
  ]);
  expect(linesOf({ mitmproxy: [{ host: "h.example", read_only: true, headers: { X: "y" } }] })).toEqual([
    '- mitmproxy[0].read_only: unknown key "read_only". Did you mean "readonly"?',
  ]);
  expect(linesOf({ sandbox: { daytona: { network: { alow: ["a.example"] } } }, wholly: 1 })).toEqual([
    "- sandbox.daytona.network.allow: is required",
    '- sandbox.daytona.network.alow: unknown key "alow". Did you mean "allow"?',
    '- wholly: unknown key "wholly"',
  ]);
});

it("names five mistakes of three sections at once, in the order of the file", () => {
  const text = `{
  "users": [{ "email": "nobody", "name": " ", "slak": "U123" }],
  "github": { "forks": "maybe" },
  "profiles": { "lower": { "channels": ["C123"] } }
}`;
  const { issues } = checkWorkspaceConfig(text);
  expect(issues.map(({ path, line }) => [path, line])).toEqual([
    ["users[0].email", 2],
    ["users[0].name", 2],
    ["users[0].slak", 2],
    ["github.forks", 3],
    ["profiles.lower", 4],
  ]);
  expect(issues[2]?.column).toBe(47);
});

it("refuses a key that stands twice, at any depth, and says nothing else about it", () => {
  expect(linesOf('{"profiles": {"A": {"repos": ["a"]}}, "profiles": {}}')).toEqual([
    '- profiles: key "profiles" stands twice in one object',
  ]);
  expect(linesOf('{"github": {"bots": [], "bots": 5}}')).toEqual([
    '- github.bots: key "bots" stands twice in one object',
  ]);
  expect(linesOf('{"owners": {"__proto__": {"github_app_installation_id": 1}}}')).toEqual([
    '- owners.__proto__: key "__proto__" may not be used',
  ]);
});

it("refuses one owner under two spellings, and people who would share a name or a note file", () => {
  expect(linesOf({ owners: { Acme: owner, acme: owner } })).toEqual(['- owners.acme: is the same owner as "Acme"']);
  const users = [
    { email: "ada@acme.example", name: "Ada", slack: "U0ADA", github: "ada" },
    { email: "Ada@other.example", name: "Ada B", slack: "U0ADB", github: "ADA" },
  ];
  expect(linesOf({ users })).toEqual([
    '- users[1]: would share a note file with users[0]: give one of them another "memory"',
    "- users[1].github: is already that of users[0]",
  ]);
  const mended = users.map((user, at) => ({ ...user, github: `ada-${at}`, memory: `ada-${at}` }));
  expect(linesOf({ users: mended })).toEqual([]);
});

it("refuses a channel or repository of two profiles, and a profile without either", () => {
  const profiles = { A: { channels: ["C123"] }, B: { channels: ["C123"], repos: ["a", "A"] }, C: { repos: [] } };
  expect(linesOf({ profiles })).toEqual([
    "- profiles.B.repos: must not repeat an entry",
    "- profiles.C: needs a channel or a repository",
  ]);
  expect(linesOf({ profiles: { A: { channels: ["C123"] }, B: { channels: ["C123"], repos: ["a"] } } })).toEqual([
    "- profiles.B.channels[0]: belongs to profile A already",
  ]);
});

it("keeps recipes for later", () => {
  expect(linesOf({ recipes: {}, budgets: { perRecipe: {} } })).toEqual([]);
  expect(linesOf({ recipes: { x: {} } })).toEqual(["- recipes: recipes are reserved for a later version"]);
});

it("warns of a credential for every tenant of a host, and of a channel sent to another profile's repository", () => {
  const { issues, warnings } = checkWorkspaceConfig(
    JSON.stringify({
      profiles: { P: { repos: ["billing"] } },
      slack: { channelRepos: { C0WEB: "billing" } },
      mitmproxy: [{ host_suffix: ".saas.example", headers: { Authorization: "Bearer ${SAAS_TOKEN}" } }],
    }),
  );
  expect(issues).toEqual([]);
  expect(warnings.map(({ path }) => path)).toEqual(["slack.channelRepos.C0WEB", "mitmproxy[0]"]);
});

it.each([
  ["{,}", "- (root): is not valid JSON: a key in double quotes is missing here", { line: 1, column: 2 }],
  ['{\n  "a": 1,\n}', "- (root): is not valid JSON: a key in double quotes is missing here", { line: 3, column: 1 }],
  ['{"a": nope}', "- (root): is not valid JSON: a value is missing here", { line: 1, column: 7 }],
  ["{} {}", "- (root): is not valid JSON: more follows after its end", { line: 1, column: 4 }],
  ["", "- (root): is not valid JSON: a value is missing here", { line: 1, column: 1 }],
  ["\uFEFF{}", "- (root): begins with a byte order mark", { line: 1, column: 1 }],
  ["[".repeat(5000), "- (root): is nested too deeply", { line: 1, column: 34 }],
  [`"${"a".repeat(256 * 1024)}"`, "- (root): is larger than 256 kB", { line: 1, column: 1 }],
])("says where %# cannot be read", (text, line, place) => {
  const read = readWorkspaceConfig(text);
  if (read.kind !== "unreadable") throw new Error(read.kind);
  expect(read.issues.map(issueLine)).toEqual([line]);
  expect(read.issues[0]).toMatchObject(place);
});

it("never shows the value of a header", () => {
  const secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
  const headers = { Authorization: `Bearer ${secret}`, Other: `${secret}\nline`, Host: secret };
  const url = "https://mcp.example";
  const lines = linesOf({
    mitmproxy: [{ host: "a.example", headers }],
    mcp: { linear: { url, headers, allow: ["a"] } },
  });
  expect(lines).toContain(
    "- mitmproxy[0].headers.Authorization: holds a secret: put it in the environment and write ${NAME}",
  );
  expect(lines).toHaveLength(8);
  expect(lines.join("\n")).not.toContain(secret.slice(4));
  expect(linesOf(`{"mitmproxy": [{"headers": {"A": "${secret}" oops}}]}`).join()).not.toContain(secret.slice(4));
});

const json = fc.jsonValue({ maxDepth: 6 });

function parsedByPlatform(text: string): unknown {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return "fault";
  }
}

it("reads JSON as JSON.parse does", () => {
  const texts = fc.oneof(
    json.map((value) => JSON.stringify(value, null, 1)),
    fc.json(),
    fc.string(),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const read = readJsonText(text);
      // A key that stands twice is where the two differ on purpose.
      fc.pre(read.kind === "fault" || read.refused.length === 0);
      expect(read.kind === "fault" ? "fault" : { value: read.value }).toEqual(parsedByPlatform(text));
    }),
  );
});

it("answers any text and any JSON without throwing", () => {
  fc.assert(fc.property(fc.string(), (text) => readWorkspaceConfig(text).kind !== "valid"));
  const section = fc.constantFrom(
    "owners",
    "users",
    "profiles",
    "slack",
    "github",
    "mcp",
    "approvals",
    "mitmproxy",
    "budgets",
  );
  const shaped = fc.dictionary(
    section,
    fc.oneof(
      json,
      fc.array(fc.dictionary(fc.constantFrom("match", "headers", "host", "email", "url", "approve"), json)),
      fc.dictionary(fc.constantFrom("rules", "groups", "overrides", "linear", "posthog", "P"), json),
    ),
  );
  fc.assert(
    fc.property(fc.oneof(json, shaped), (value) => {
      const read = readWorkspaceConfig(JSON.stringify(value));
      expect(read.kind === "valid" || read.issues.length > 0).toBe(true);
    }),
  );
});
