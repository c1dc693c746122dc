import * as fc from "fast-check";
import { expect, it } from "vitest";

import { admissionOf, type Admission } from "./admission.ts";
import { intersect } from "./intersect.ts";
import { readWorkspaceConfig } from "./read.ts";
import { afterReading, standingOn, viewAt } from "./standing.ts";

const GOOD = {
  owners: { acme: { github_app_installation_id: 1 }, beta: { github_app_installation_id: 2, repos: ["web"] } },
  users: [
    { email: "ada@acme.example", name: "Ada", slack: "U0ADA", github: "ada" },
    { email: "bob@acme.example", name: "Bob", slack: "U0BOB" },
  ],
  profiles: {
    P: { channels: ["C0P", "C0P2"], repos: ["rp"] },
    Q: { repos: ["rq"], credentials: "own" },
  },
  slack: { channelRepos: { C0P: "rp" } },
  github: { associations: ["OWNER", "MEMBER"], bots: ["renovate[bot]"], protectedBranches: ["release/*"] },
  mcp: {
    linear: { url: "https://mcp.example", headers: { Authorization: "${MCP_T}" }, allow: ["list"] },
    posthog: { hide: ["query-paths"] },
  },
  approvals: { rules: [{ match: { upstream: "gh" }, approvers: ["U0ADA"] }] },
  mitmproxy: [{ host: "a.example", headers: { X: "${A_TOKEN}" } }],
  mitmproxy_passthrough: ["pinned.example"],
  budgets: { perRun: { usd: 5 }, continueApprovers: ["U0BOB"] },
  memory: { inPublicRepos: true },
};

const configOf = (value: unknown) => {
  const read = readWorkspaceConfig(JSON.stringify(value));
  if (read.kind !== "valid") throw new Error(JSON.stringify(read.issues));
  return read.config;
};
const good = standingOn("good", configOf(GOOD));
const admission = good.view.admission;

/** What is in force once the file says `value`, which is expected to be faulty. */
function whileFaulty(value: unknown, now = 1000) {
  const standing = afterReading(good, readWorkspaceConfig(JSON.stringify(value)), { now, version: "bad" });
  expect(standing.view.state).toBe("faulty");
  return standing.view;
}
const withFault = (change: object) => whileFaulty({ ...GOOD, ...change, oops: 1 });

it("changes nothing for what is unchanged beside an unrelated fault", () => {
  const view = withFault({});
  expect(view.admission).toEqual(admission);
  expect(view).toMatchObject({ version: "good", operational: good.view.operational });
  expect(view.issues).toEqual(['- oops: unknown key "oops"']);
});

it("drops what was removed or changed, adds nothing, and never resolves a lost channel to global credentials", () => {
  const { admission: narrowed, operational } = withFault({
    owners: { acme: { github_app_installation_id: 9 }, gamma: { github_app_installation_id: 3 } },
    users: [GOOD.users[1], { email: "eve@acme.example", name: "Eve" }],
    profiles: { P: { channels: ["C0P2", "C0NEW"], repos: ["rp"] }, N: { channels: ["C0N"] } },
    slack: { channelRepos: { C0P: "other" } },
    mcp: { other: { url: "https://mcp.example", allow: ["list"] } },
    mitmproxy: [],
    memory: {},
  });
  expect([narrowed.owners, narrowed.users.map(({ name }) => name)]).toEqual([{}, ["Bob"]]);
  expect(narrowed.profiles).toEqual({
    P: { channels: ["C0P2"], repos: ["rp"], credentials: "fallback", isChannelBound: true },
    Q: { channels: [], repos: [], credentials: "own", isChannelBound: false },
  });
  expect(narrowed.lost).toEqual({ channels: ["C0P"], repos: ["rq"] });
  expect([narrowed.upstreams, narrowed.egress.rules, narrowed.memory.inPublicRepos]).toEqual([{}, [], false]);
  expect(operational.channelRepos).toEqual({ C0P: "rp" });
});

it("keeps restrictions that a faulty file drops, and takes those it adds", () => {
  const dropped = withFault({ github: {}, mcp: {}, profiles: {} }).admission;
  expect(dropped.github.protectedBranches).toEqual(["release/*"]);
  expect(dropped.tightening).toEqual({ posthog: { approve: [], hide: ["query-paths"] } });
  expect(dropped.profiles["Q"]?.credentials).toBe("own");
  const added = withFault({
    github: { protectedBranches: ["hotfix/*", 5], forks: "ignore", associations: ["OWNER", "COLLABORATOR"] },
    mcp: { posthog: { approve: ["docs-search"] }, grafana: { hide: ["query_prometheus"] } },
    profiles: { P: { ...GOOD.profiles.P, credentials: "own" } },
  }).admission;
  expect(added.github).toEqual({
    associations: ["OWNER"],
    bots: [],
    protectedBranches: ["release/*", "hotfix/*"],
    forks: "ignore",
  });
  expect(added.tightening).toEqual({
    posthog: { approve: ["docs-search"], hide: ["query-paths"] },
    grafana: { approve: [], hide: ["query_prometheus"] },
  });
  expect(added.profiles["P"]?.credentials).toBe("own");
});

it.each([
  [
    "an approver list that changed",
    { approvals: { rules: [{ match: { upstream: "gh" }, approvers: ["U0EVE"] }] } },
    true,
  ],
  ["approvals that are gone", { approvals: undefined }, true],
  ["other people who may continue", { budgets: { continueApprovers: ["*"] } }, true],
  ["budgets that cannot be read", { budgets: 5 }, true],
  ["another limit only", { budgets: { perRun: { usd: 50 }, continueApprovers: ["U0BOB"] } }, false],
  [
    "the same rules spelled otherwise",
    { approvals: { rules: [{ approvers: ["U0ADA"], match: { upstream: "gh" } }], groups: {} } },
    false,
  ],
])("says of %s whether deciding is suspended", (_, change, isSuspended) => {
  expect(withFault(change).admission.isDecidingSuspended).toBe(isSuspended);
});

it("takes nothing from a key that stands twice", () => {
  const twice = `${JSON.stringify(GOOD).slice(0, -1)}, "owners": {"acme": {"github_app_installation_id": 1}}}`;
  const { view } = afterReading(good, readWorkspaceConfig(twice), { now: 0, version: "bad" });
  expect([view.state, view.admission.owners]).toEqual(["faulty", {}]);
  const noRules = standingOn("none", configOf({}));
  const both = afterReading(noRules, readWorkspaceConfig('{"approvals": {}, "approvals": {}}'), {
    now: 0,
    version: "bad",
  });
  expect(both.view.admission.isDecidingSuspended).toBe(true);
});

it("keeps everything for a minute while the file cannot be read, then nobody's rights, and the restrictions", () => {
  const unread = { kind: "unreadable" as const, issues: [] };
  const standing = afterReading(good, unread, { now: 1000, version: "bad" });
  expect(viewAt(standing, 60_999).admission).toEqual(admission);
  const later = afterReading(standing, unread, { now: 30_000, version: "worse" });
  const empty = viewAt(later, 61_000);
  expect(empty.operational).toEqual(good.view.operational);
  expect(empty.admission).toMatchObject({
    owners: {},
    users: [],
    upstreams: {},
    egress: { rules: [], passthrough: [] },
    github: { associations: [], bots: [], protectedBranches: ["release/*"], forks: "ignore" },
    isDecidingSuspended: true,
    lost: { channels: ["C0P", "C0P2"], repos: ["rp", "rq"] },
  });
  const mended = afterReading(later, readWorkspaceConfig(JSON.stringify(GOOD)), { now: 90_000, version: "new" });
  expect(viewAt(mended, 999_999)).toEqual({ ...good.view, version: "new" });
});

it("starts from a stored version without patience when the file cannot be read", () => {
  const unread = { kind: "unreadable" as const, issues: [] };
  const standing = afterReading(good, unread, { now: Number.NEGATIVE_INFINITY, version: "bad" });
  expect(viewAt(standing, 0).admission.owners).toEqual({});
});

/** Everything that lets somebody do something, as comparable words. */
function grants(given: Admission): Set<string> {
  const entries = (name: string, record: object) =>
    Object.entries(record).map((entry) => `${name} ${JSON.stringify(entry)}`);
  const items = (name: string, list: readonly unknown[]) => list.map((item) => `${name} ${JSON.stringify(item)}`);
  const { profiles, github, egress, memory } = given;
  return new Set([
    ...entries("owner", given.owners),
    ...items("user", given.users),
    ...Object.entries(profiles).flatMap(([name, { channels, repos }]) => items(name, [...channels, ...repos])),
    ...items("association", github.associations),
    ...items("bot", github.bots),
    ...items("forks", github.forks === "review" ? [1] : []),
    ...entries("upstream", given.upstreams),
    ...items("egress", [...egress.rules, ...egress.passthrough]),
    ...items("deciding", given.isDecidingSuspended ? [] : [1]),
    ...items(
      "memory",
      Object.entries(memory).filter(([, isAllowed]) => isAllowed),
    ),
  ]);
}

/** GOOD with any of its parts replaced by anything or left out. */
const mutated = fc
  .tuple(
    fc.dictionary(fc.constantFrom(...Object.keys(GOOD), "oops"), fc.jsonValue({ maxDepth: 4 })),
    fc.subarray(Object.keys(GOOD)),
  )
  .map(([changes, gone]) =>
    Object.fromEntries(Object.entries({ ...GOOD, ...changes }).filter(([key]) => !gone.includes(key))),
  );

it("never admits more than the last good version, whatever the file says", () => {
  const allowed = grants(admission);
  fc.assert(
    fc.property(fc.oneof(fc.jsonValue(), mutated), (raw) => {
      const narrowed = intersect(admission, raw);
      expect([...grants(narrowed)].filter((grant) => !allowed.has(grant))).toEqual([]);
      expect(narrowed.github.protectedBranches).toEqual(expect.arrayContaining(["release/*"]));
      expect(narrowed.tightening["posthog"]?.hide).toContain("query-paths");
      const members = Object.values(narrowed.profiles).flatMap(({ channels, repos }) => [...channels, ...repos]);
      const { channels, repos } = narrowed.lost;
      expect([...members, ...channels, ...repos].toSorted()).toEqual(["C0P", "C0P2", "rp", "rq"]);
    }),
  );
});

it("is the last good version itself while the file still says it", () => {
  expect(intersect(admission, GOOD)).toEqual(admission);
  expect(intersect(admissionOf(configOf({})), {})).toEqual(admissionOf(configOf({})));
});
