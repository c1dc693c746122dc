import { createServer, type IncomingHttpHeaders } from "node:http";

import { Webhooks } from "@octokit/webhooks";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { z } from "zod";

import { type RunningSimulators, startSimulators } from "../src/start.ts";
import { actOn, octokitOf } from "./github-client.ts";
import { getJson, planFaults, sendJson } from "./sim-client.ts";

const secret = "contract-webhook-secret-0123456789abcdef";
const official = new Webhooks({ secret });

interface Hit {
  event: string;
  headers: IncomingHttpHeaders;
  body: string;
  payload: z.infer<typeof Payload>;
}
const Payload = z.looseObject({
  action: z.string().optional(),
  sender: z.looseObject({ login: z.string() }).optional(),
});
const Rows = z.array(
  z.object({ guid: z.string(), event: z.string(), status: z.number().optional(), isLost: z.boolean() }),
);

const hits: Hit[] = [];
let status = 200;
let sim: RunningSimulators;
const gateway = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk) => (body += String(chunk)));
  request.on("end", () => {
    const { headers } = request;
    hits.push({ event: String(headers["x-github-event"]), headers, body, payload: Payload.parse(JSON.parse(body)) });
    response.writeHead(status).end("answered");
  });
});

beforeAll(async () => {
  await new Promise<void>((resolve) => gateway.listen(0, "127.0.0.1", resolve));
  const address = gateway.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  sim = await startSimulators({
    github: { webhookUrl: `http://127.0.0.1:${port}/github/webhook`, webhookSecret: secret },
  });
  await act({
    do: "push",
    as: "bob",
    branch: "fix/greeting",
    files: { "src/greet.js": "export const greet = 1;\nexport const bye = 2;\n" },
  });
  await act({ do: "openPull", as: "bob", title: "Fix the greeting", head: "fix/greeting" });
  await heard(2);
});
beforeEach(() => {
  hits.length = 0;
  status = 200;
});
afterEach(() => planFaults(sim.facts.url, []));
afterAll(async () => {
  await sim.close();
  gateway.close();
});

const act = (deed: object) => actOn(sim.facts.url, deed);
const heard = async (count: number) => {
  await vi.waitFor(() => expect(hits).toHaveLength(count), 5000);
  return hits;
};
const names = () => hits.map(({ event, payload: { action } }) => (action === undefined ? event : `${event}.${action}`));
const PULL = 2;

it("signs each delivery so that the official library takes it, and only with the right secret", async () => {
  await act({ do: "comment", number: 1, body: "hello" });
  const [hit] = await heard(1);
  const proof = String(hit?.headers["x-hub-signature-256"]);
  expect(await official.verify(hit?.body ?? "", proof)).toBe(true);
  expect(await new Webhooks({ secret: "another" }).verify(hit?.body ?? "", proof)).toBe(false);
  expect(hit?.headers["x-github-delivery"]).toMatch(/^[0-9a-f]{8}-[0-9a-f-]{27}$/);
});

it("tells of a comment made, edited and deleted, and by whom", async () => {
  const { id } = await act({ do: "comment", as: "mallory", number: 1, body: "@thor-agent help" });
  await act({ do: "editComment", as: "mallory", id, body: "@thor-agent please help" });
  await act({ do: "deleteComment", as: "mallory", id });
  await heard(3);
  expect(new Set(names())).toEqual(new Set(["issue_comment.created", "issue_comment.edited", "issue_comment.deleted"]));
  const edited = hits.find(({ payload }) => payload.action === "edited")?.payload;
  expect(edited).toMatchObject({
    changes: { body: { from: "@thor-agent help" } },
    comment: { id, body: "@thor-agent please help", author_association: "NONE" },
    issue: { number: 1 },
    sender: { login: "mallory", type: "User" },
    repository: { full_name: "acme/demo", default_branch: "main" },
    installation: { id: sim.facts.github.installationId },
  });
});

it("marks a comment on a pull request as one, and leaves issues without the mark", async () => {
  await act({ do: "comment", number: PULL, body: "on the pull" });
  await act({ do: "comment", number: 1, body: "on the issue" });
  await heard(2);
  const isPull = (body: string) =>
    "pull_request" in z.looseObject({ issue: z.looseObject({}) }).parse(JSON.parse(body)).issue;
  const marks = hits.map(({ body }) => [body.includes("on the pull"), isPull(body)]);
  expect(marks.every(([wanted, is]) => wanted === is)).toBe(true);
});

it("sends a review as one delivery and one for each of its comments, each with its place in the diff", async () => {
  const comments = [
    { path: "src/greet.js", line: 1, body: "rename this" },
    { path: "src/greet.js", line: 2, body: "and this" },
  ];
  const made = await act({ do: "review", number: PULL, state: "CHANGES_REQUESTED", body: "two things", comments });
  await heard(3);
  const review = hits.find(({ event }) => event === "pull_request_review")?.payload;
  expect(review).toMatchObject({
    action: "submitted",
    review: { id: made.id, state: "changes_requested", body: "two things" },
  });
  const places = hits
    .filter(({ event }) => event === "pull_request_review_comment")
    .map(({ payload }) => payload["comment"]);
  expect(places).toHaveLength(2);
  expect(places).toContainEqual(
    expect.objectContaining({
      path: "src/greet.js",
      line: 1,
      side: "RIGHT",
      pull_request_review_id: made.id,
      diff_hunk: expect.stringContaining("+export const greet = 1;"),
    }),
  );
  await act({ do: "replyReview", as: "bob", inReplyTo: made.comments[0], body: "done" });
  await heard(5);
  const reply = hits.findLast(({ event }) => event === "pull_request_review_comment")?.payload;
  expect(reply).toMatchObject({ comment: { in_reply_to_id: made.comments[0], body: "done" } });
});

it("tells of a person's push with its commits, and moves the pull request along", async () => {
  const { sha } = await act({
    do: "push",
    as: "alice",
    branch: "fix/greeting",
    message: "Say it nicer",
    files: { "note.txt": "x" },
  });
  await heard(2);
  const push = hits.find(({ event }) => event === "push")?.payload;
  expect(push).toMatchObject({
    ref: "refs/heads/fix/greeting",
    after: sha,
    created: false,
    forced: false,
    pusher: { name: "Alice" },
    head_commit: { id: sha, message: "Say it nicer" },
    commits: [{ id: sha }],
  });
  const pull = hits.find(({ event }) => event === "pull_request")?.payload;
  expect(pull).toMatchObject({ action: "synchronize", pull_request: { number: PULL, head: { sha } } });
});

it("marks a push that rewrites a branch as forced, and a deleted branch as deleted", async () => {
  for (const message of ["a", "b"])
    await act({ do: "push", branch: "scratch", message, files: { [message]: message } });
  await act({ do: "push", branch: "scratch", message: "c", files: { c: "c" }, isForced: true });
  await act({ do: "deleteBranch", branch: "scratch" });
  await heard(4);
  const marks = hits.map(({ payload: { created, forced, deleted } }) => ({ created, forced, deleted }));
  expect(marks).toContainEqual({ created: false, forced: true, deleted: false });
  expect(marks).toContainEqual({ created: false, forced: false, deleted: true });
});

it("tells that a check suite ended once its last run has, with the pull request that it is about", async () => {
  await act({ do: "check", branch: "fix/greeting", name: "lint", status: "in_progress" });
  await act({ do: "check", branch: "fix/greeting", name: "test", conclusion: "failure" });
  await heard(2);
  expect(names()).not.toContain("check_suite.completed");
  const { sha } = await act({ do: "check", branch: "fix/greeting", name: "lint" });
  await heard(4);
  expect(hits.find(({ event }) => event === "check_suite")?.payload).toMatchObject({
    action: "completed",
    check_suite: {
      head_sha: sha,
      head_branch: "fix/greeting",
      conclusion: "failure",
      pull_requests: [{ number: PULL }],
    },
  });
});

it("tells of closing, opening again and merging a pull request, and of the push that a merge is", async () => {
  await act({ do: "push", branch: "docs", message: "Docs", files: { "docs.md": "d" } });
  const { number } = await act({ do: "openPull", title: "Docs", head: "docs" });
  await act({ do: "close", number });
  await act({ do: "reopen", number });
  const { sha } = await act({ do: "merge", number });
  await heard(6);
  const closed = hits
    .filter(({ payload }) => payload.action === "closed")
    .map(({ payload }) => payload["pull_request"]);
  expect(closed).toContainEqual(expect.objectContaining({ merged: false, merge_commit_sha: null }));
  expect(closed).toContainEqual(expect.objectContaining({ merged: true, merge_commit_sha: sha }));
  expect(hits.filter(({ event }) => event === "push").at(-1)?.payload).toMatchObject({
    ref: "refs/heads/main",
    after: sha,
  });
});

it("tells of pull requests from forks, and of a fork that is gone as a head without repository", async () => {
  await act({ do: "fork", as: "mallory" });
  await act({ do: "push", as: "mallory", repo: "mallory/demo", branch: "evil", files: { "x.txt": "x" } });
  const { number } = await act({ do: "openPull", as: "mallory", title: "From outside", head: "mallory:evil" });
  await act({ do: "deleteFork", as: "mallory" });
  await act({ do: "close", as: "mallory", number });
  await heard(2);
  const heads = hits.map(({ payload }) => z.object({ head: z.unknown() }).parse(payload["pull_request"]).head);
  expect(heads).toContainEqual(
    expect.objectContaining({
      label: "mallory:evil",
      repo: expect.objectContaining({ full_name: "mallory/demo", fork: true }),
    }),
  );
  expect(heads).toContainEqual(expect.objectContaining({ ref: "evil", repo: null }));
});

it("tells of what the App itself says, as the App's bot", async () => {
  const octokit = await octokitOf(sim);
  await octokit.issues.createComment({ owner: "acme", repo: "demo", issue_number: 1, body: "from the bot" });
  const [hit] = await heard(1);
  expect(hit?.payload.sender).toMatchObject({ login: "thor-agent[bot]", id: sim.facts.github.botId, type: "Bot" });
});

it("keeps a failed delivery, never repeats it by itself, and redelivers it under its id", async () => {
  status = 503;
  await act({ do: "comment", number: 1, body: "nobody home" });
  await heard(1);
  const list = () => getJson(`${sim.facts.url}/_sim/github/deliveries`, Rows);
  await vi.waitFor(async () => expect((await list()).at(-1)?.status).toBe(503), 5000);
  const guid = (await list()).at(-1)?.guid ?? "";
  status = 200;
  await sendJson("POST", `${sim.facts.url}/_sim/github/deliveries/${guid}/redeliver`, {});
  await heard(2);
  expect(hits.map(({ headers }) => headers["x-github-delivery"])).toEqual([guid, guid]);
  expect(hits[1]?.body).toBe(hits[0]?.body);
  await vi.waitFor(async () => expect((await list()).at(-1)?.status).toBe(200), 5000);
});

it("forges, doubles, reorders and loses deliveries by plan", async () => {
  const of = (body: string, deed: object) => ({
    id: body,
    match: { sim: "github", direction: "out", body: { "comment.body": body } },
    do: deed,
  });
  await planFaults(sim.facts.url, [
    of("forged", { badSignature: true }),
    of("twice", { duplicate: { copies: 1 } }),
    of("lost", { lose: true }),
    of("/^mixed/", { reorder: { window: 2 } }),
  ]);
  const say = (body: string) => act({ do: "comment", number: 1, body });
  await say("lost");
  await say("forged");
  const [forged] = await heard(1);
  expect(await official.verify(forged?.body ?? "", String(forged?.headers["x-hub-signature-256"]))).toBe(false);
  await say("twice");
  await heard(3);
  expect(hits[1]?.headers["x-github-delivery"]).toBe(hits[2]?.headers["x-github-delivery"]);
  for (const body of ["mixed 1", "mixed 2"]) await say(body);
  await heard(5);
  expect(hits.slice(3).map(({ body }) => /mixed \d/.exec(body)?.[0])).toEqual(["mixed 2", "mixed 1"]);
  expect((await getJson(`${sim.facts.url}/_sim/github/deliveries`, Rows)).filter(({ isLost }) => isLost)).toHaveLength(
    1,
  );
});

it("pings, sends any other event on request, and falls silent while the installation is suspended", async () => {
  const zen = { event: "ping", payload: { zen: "Keep it simple.", hook_id: 1 } };
  await sendJson("POST", `${sim.facts.url}/_sim/github/events`, zen);
  const [hit] = await heard(1);
  expect(hit?.event).toBe("ping");
  const suspend = (isSuspended: boolean) =>
    sendJson("PUT", `${sim.facts.url}/_sim/github/installation`, { isSuspended });
  await suspend(true);
  await act({ do: "comment", number: 1, body: "unheard" });
  await expect(octokitOf(sim)).rejects.toMatchObject({ status: 403 });
  await suspend(false);
  await act({ do: "comment", number: 1, body: "heard" });
  await heard(2);
  expect(hits[1]?.body).toContain("heard");
  expect(hits[1]?.body).not.toContain("unheard");
});
