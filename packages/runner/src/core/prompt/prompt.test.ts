/** What a prompt holds, for whom, and how much. */
import { describe, expect, it } from "vitest";

import { tiersFor, isFromPrivateRepo } from "./audience.ts";
import { noteFileOf, promptBlocks } from "./compose.ts";
import { handover } from "./handover.ts";
import { choose, wishFor } from "./model-choice.ts";

const closed = { people: true, inPublicRepos: false, inSharedChannels: false };

describe("notes", () => {
  it("are shown by who can read the conversation", () => {
    const seen = (audience: Parameters<typeof tiersFor>[0], rules = closed) =>
      Object.entries(tiersFor(audience, rules)).flatMap(([tier, isSeen]) => (isSeen ? [tier] : []));
    expect(seen("direct")).toEqual(["global", "channel", "person", "private"]);
    expect(seen("team")).toEqual(["global", "channel", "person"]);
    expect(seen("shared")).toEqual(["channel"]);
    expect(seen("private_repo")).toEqual(["global", "person"]);
    expect(seen("public_repo")).toEqual([]);
    expect(seen("nobody")).toEqual(["global"]);
    const open = { people: true, inPublicRepos: true, inSharedChannels: true };
    expect(seen("public_repo", open)).toEqual(["global"]);
    expect(seen("shared", open)).toEqual(["global", "channel", "person"]);
    expect(seen("direct", { ...closed, people: false })).toEqual(["global", "channel"]);
  });

  it("count a repository as public unless GitHub said otherwise", () => {
    expect(isFromPrivateRepo({ repository: { private: true } })).toBe(true);
    expect([{ repository: { private: false } }, { repository: {} }, null, "x"].map(isFromPrivateRepo)).toEqual([
      false,
      false,
      false,
      false,
    ]);
  });
});

describe("blocks", () => {
  const facts = {
    correlationKey: "slack:thread:C1/1.2",
    earlier: "[Earlier in this conversation]\nx",
    notes: [
      { tier: "global", path: "/memory/README.md", text: "tea" },
      { tier: "channel", path: "/memory/channels/C1.md" },
      { tier: "person", path: "/memory/people/ann.md", name: "Ann", text: "short\u202E" },
    ],
    requesters: [
      { kind: "slack", id: "U1" },
      { kind: "slack", id: "U2", name: "Ann\nB", email: "ann@b.dev" },
    ],
    replyTo: { kind: "slack", channel: "C1", threadTs: "1.2", ts: "1.3" },
    previous: "stopped",
    hasUntrustedText: true,
    events: 'the events {"a": [1]}',
  } as const;

  it("stand in their order, labelled, the events last and unchanged", () => {
    const blocks = promptBlocks(facts);
    expect(blocks.map(({ kind }) => kind.split(":")[0])).toEqual([
      "key",
      "earlier",
      "global",
      "channel",
      "person",
      "people",
      "previous",
      "rules",
      "events",
    ]);
    expect(blocks.at(-1)?.text).toBe(facts.events);
    const text = blocks.map((block) => block.text).join("\n\n");
    expect(text).toContain("none yet; the file would be /memory/channels/C1.md");
    expect(text).toContain("[Person notes: Ann]\nThese apply to requests of Ann only.");
    expect(text).toContain("Slack user: U1\nAnn B (ann@b.dev)");
    expect(text).not.toContain("\u202E");
    expect(blocks.flatMap(({ kind }) => noteFileOf(kind) ?? [])).toEqual([
      "/memory/README.md",
      "/memory/people/ann.md",
    ]);
  });

  it("are few in a session that goes on", () => {
    const kinds = promptBlocks({ ...facts, notes: [], earlier: undefined, previous: undefined }).map(
      ({ kind }) => kind,
    );
    expect(kinds).toEqual(["key", "people", "rules", "events"]);
  });
});

it("a handover keeps the newest within its size, and is absent for a new conversation", () => {
  expect(handover({ runs: [], names: [], approvals: [] })).toBeUndefined();
  const run = (at: number) => ({
    when: `day ${at}`,
    by: "slack:U1",
    asked: `request ${at}\nwith lines`,
    status: "completed",
    answer: "a".repeat(4000),
    files: [`/f${at}`],
  });
  const text = handover({
    runs: Array.from({ length: 30 }, (_, at) => run(at)),
    names: ["git.branch demo:x"],
    approvals: ["github merge"],
  });
  expect(Buffer.byteLength(text ?? "")).toBeLessThanOrEqual(12 * 1024);
  expect(text).toContain("- day 29 slack:U1 (completed): request 29 with lines");
  expect(text).not.toContain("day 19 ");
  expect(text).toContain("- github merge");
});

describe("the model", () => {
  const rules = {
    default: { effort: "low" },
    sources: { cron: { model: "p/small" } },
    channels: { C1: { effort: "high" } },
  };
  const offer = new Map([
    ["p/small", { variants: ["low"] }],
    ["p/big", { variants: ["high"] }],
  ]);

  it("is the channel's wish before the source's before the general one", () => {
    expect(wishFor(rules, { channel: "C1", source: "cron" })).toEqual({ model: "p/small", effort: "high" });
    expect(wishFor(rules, { source: "slack" })).toEqual({ model: undefined, effort: "low" });
  });

  it("is never one that is not on offer, and neither is its level of thinking", () => {
    expect(choose({ model: "p/small", effort: "low" }, offer, undefined)).toEqual({
      model: { providerID: "p", modelID: "small" },
      variant: "low",
      dropped: [],
    });
    expect(choose({ model: "p/none", effort: "low" }, offer, "p/big")).toEqual({ dropped: ["p/none", "low"] });
    expect(choose({ effort: "high" }, offer, "p/big")).toEqual({ variant: "high", dropped: [] });
  });
});
