import { expect, it } from "vitest";

import { endPromises, type EndFacts } from "./end.ts";

const facts: EndFacts = {
  triggerId: "t1",
  anchorId: "a1",
  replyTo: { kind: "slack", channel: "C1", threadTs: "1.000001", ts: "2.000001" },
  status: "completed",
  answer: "the answer",
  wasAsked: true,
  hasPosted: false,
  hasLiveMessage: true,
  failure: "❌ Failed",
  final: "✅ Done in 3m",
};
const said = (more: Partial<EndFacts>) => endPromises({ ...facts, ...more }).map(({ payload }) => payload);

it("gives the agent's last words when it posted nothing, a mark when it had none, and is silent otherwise", () => {
  expect(said({})).toEqual([{ kind: "slack.post", channel: "C1", threadTs: "1.000001", text: "the answer" }]);
  expect(said({ hasPosted: true })).toEqual([]);
  expect(said({ answer: " " })).toMatchObject([{ kind: "slack.reaction", name: "white_check_mark", ts: "2.000001" }]);
  expect(said({ wasAsked: false })).toEqual([]);
  expect(said({ replyTo: undefined })).toEqual([]);
});

it("tells of a failure once: in the live message when there is one, else in the thread", () => {
  const kinds = (more: Partial<EndFacts>) => endPromises({ ...facts, ...more }).map(({ kind }) => kind);
  expect(kinds({ status: "error" })).toEqual(["slack.reaction"]);
  expect(kinds({ status: "error", hasLiveMessage: false })).toEqual(["slack.post", "slack.reaction"]);
  expect(said({ status: "aborted", reason: "user_interrupt" })).toEqual([]);
});

it("tells the channel for it that a scheduled run failed, and nothing else about runs without a place", () => {
  const scheduled = { replyTo: undefined, wasAsked: false, failureChannel: "C0OPS", viewUrl: "https://thor.example/v" };
  expect(said({ ...scheduled, status: "error" })).toEqual([
    { kind: "slack.post", channel: "C0OPS", text: "A scheduled run failed. <https://thor.example/v|View>\n❌ Failed" },
  ]);
  expect(said({ ...scheduled, status: "completed" })).toEqual([]);
  expect(said({ ...scheduled, status: "aborted", reason: "user_stop" })).toEqual([]);
  expect(said({ ...scheduled, status: "error", failureChannel: undefined })).toEqual([]);
});

it("names each promise after the run, so that a repeat is the same promise", () => {
  const long = "line\n".repeat(2000);
  const keys = endPromises({ ...facts, answer: long }).map(({ dedupeKey }) => dedupeKey);
  expect(keys[0]).toBe("answer:t1:0");
  expect(new Set(keys).size).toBe(keys.length);
});

it("ends a run of GitHub by its own comment, by words and a mark for a failure, or by a mark alone", () => {
  const replyTo = { kind: "github" as const, repo: "acme/shop", number: 7 };
  const github = (more: Partial<EndFacts>) => said({ replyTo, hasLiveMessage: false, ...more });
  const working = github({ hasLiveMessage: true, viewUrl: "https://thor.example/r" });
  expect(working).toEqual([
    {
      kind: "github.comment",
      repo: "acme/shop",
      number: 7,
      body: "✅ Done in 3m\n\n[View](https://thor.example/r)",
      edits: "working:t1",
    },
  ]);
  expect(github({ status: "error" })).toMatchObject([
    { kind: "github.comment", body: "❌ Failed" },
    { kind: "github.reaction", on: "issue", id: 7, content: "confused" },
  ]);
  expect(github({ status: "budget", final: "⏹ Budget used up" })[0]).toMatchObject({ body: "⏹ Budget used up" });
  expect(github({})).toMatchObject([{ kind: "github.reaction", content: "rocket" }]);
  expect(github({ hasPosted: true })).toEqual([]);
  expect(github({ wasAsked: false, status: "error" })).toEqual([]);
  expect(github({ status: "aborted", reason: "user_interrupt" })).toEqual([]);
});
