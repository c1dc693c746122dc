import type { QueuedEvent } from "@thor/domain/queue";
import { expect, it } from "vitest";

import { routeConversation } from "../routing.ts";
import { fitBatch, renderBatch as render } from "./batch.ts";

const renderBatch = (batch: readonly QueuedEvent[]) => render(batch, { directory: "/w/repos/demo" });
const slackEvent = (text: string, ts: string): QueuedEvent => ({
  id: ts,
  source: "slack",
  kind: "slack.message",
  correlationKey: "slack:thread:C1/1.000001",
  human: true,
  urgent: false,
  interrupt: false,
  solo: false,
  externalAuthor: false,
  gate: "open",
  actors: {},
  sourceAt: 1,
  receivedAt: 1,
  attempts: 0,
  payload: { event_type: "message", team: "T1", channel: "C1", ts, text, files: [], attachments: [] },
  payloadRev: 1,
  refs: {},
});

it("shows one message as an object, several as an array in order, and never the team id", () => {
  expect(renderBatch([slackEvent("a", "1.000001")])).toMatch(
    /^Slack event:\n\n\{\n {2}"event_type": "message",\n {2}"channel": "C1"/,
  );
  const both = renderBatch([slackEvent("a", "1.000001"), slackEvent("b", "2.000001")]);
  expect(both).toMatch(/^Slack events:\n\n\[/);
  expect(both.indexOf('"a"')).toBeLessThan(both.indexOf('"b"'));
  expect(both).not.toContain("T1");
});

it("removes characters that a person cannot see", () => {
  expect(renderBatch([slackEvent("a\u202Eb", "1.000001")])).not.toContain("\u202E");
});

it("sends what does not fit with the next prompt, but never nothing", () => {
  const large = Array.from({ length: 5 }, (_, at) => slackEvent("x".repeat(60_000), `${at}.000001`));
  const { batch, rest } = fitBatch(large);
  expect([batch.length + rest.length, batch.length > 0, rest.length > 0]).toEqual([5, true, true]);
  expect(fitBatch([slackEvent("x".repeat(600_000), "1.000001")]).batch).toHaveLength(1);
});

it("routes by the operator's table, then the channel's file, then the default, and says why a file was not used", () => {
  const ok = (repo: string) => ({ repo, check: { kind: "ok" as const, directory: `/w/repos/${repo}` } });
  const base = { fallback: ok("main"), overridePath: "/w/x.txt", isFileForeign: false };
  expect(routeConversation({ ...base, configured: ok("a"), file: ok("b") })).toMatchObject({
    routing: { repo: "a", why: "config" },
  });
  expect(routeConversation({ ...base, file: ok("b") })).toMatchObject({ routing: { repo: "b", why: "file" } });
  const stolen = { ...base, file: ok("b"), isFileForeign: true };
  expect(routeConversation(stolen)).toMatchObject({ routing: { repo: "main", ignored: "profile_mismatch" } });
  const bad = { repo: "../x", check: { kind: "bad" as const, why: "invalid_name" as const } };
  expect(routeConversation({ ...base, file: bad })).toMatchObject({
    routing: { repo: "main", ignored: "invalid_name" },
  });
  expect(routeConversation({ ...base, fallback: bad })).toEqual({ kind: "missing", repo: "../x" });
});
