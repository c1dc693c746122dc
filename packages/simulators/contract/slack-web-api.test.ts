import { LogLevel, WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { actIn, getJson, planFaults } from "./sim-client.ts";

const Posted = z.looseObject({ ok: z.literal(true), ts: z.string() });
const Page = z.object({ messages: z.array(z.object({ text: z.string() })) });
const token = "xoxb-sim-000000000000-thor0000";
let sim: RunningSimulators;
let slack: WebClient;

const client = (options: object = {}) =>
  new WebClient(token, {
    slackApiUrl: `${sim.facts.slack.apiUrl}/`,
    logLevel: LogLevel.ERROR,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    ...options,
  });

const act = (deed: object) => actIn(sim.facts.url, deed);
const plan = (faults: readonly object[]) => planFaults(sim.facts.url, faults);
const say = async (args: Record<string, unknown>) => Posted.parse(await slack.apiCall("chat.postMessage", args));

const codeOf = async (call: Promise<unknown>) =>
  call.then(
    () => "no error",
    (err: { data?: { error?: string }; code?: string }) => err.data?.error ?? err.code,
  );

beforeAll(async () => {
  sim = await startSimulators();
  slack = client();
});
afterAll(() => sim.close());

it("tells the token who it is", async () => {
  const { team_id, user_id, bot_id } = await slack.auth.test();
  expect({ team_id, user_id, bot_id }).toEqual({ team_id: "T0ACME0001", user_id: "U0THORBOT1", bot_id: "B0THORBOT1" });
});

it("refuses a wrong token and a missing one with Slack's codes", async () => {
  const { apiUrl } = sim.facts.slack;
  expect(await codeOf(new WebClient("xoxb-wrong", { slackApiUrl: `${apiUrl}/` }).auth.test())).toBe("invalid_auth");
  const bare = await fetch(`${apiUrl}/auth.test`, { method: "POST" });
  expect(await bare.json()).toEqual({ ok: false, error: "not_authed" });
});

it("answers an unknown method with unknown_method and keeps it as a violation", async () => {
  expect(await codeOf(slack.apiCall("chat.shout"))).toBe("unknown_method");
  const violations = await (await fetch(`${sim.facts.url}/_sim/violations`)).text();
  expect(violations).toContain("chat.shout");
});

it("posts, threads, corrects and takes back a message", async () => {
  const root = await act({ do: "say", text: "hello" });
  const posted = await say({ channel: root.channel, thread_ts: root.ts, text: "hi" });
  await slack.chat.update({ channel: root.channel, ts: posted.ts, text: "hi there" });
  const { messages = [] } = await slack.conversations.replies({ channel: root.channel, ts: root.ts });
  expect(messages.map(({ text }) => text)).toEqual(["hello", "hi there"]);
  expect(messages[1]?.edited).toBeDefined();
  await slack.chat.delete({ channel: root.channel, ts: posted.ts });
  const after = await slack.conversations.replies({ channel: root.channel, ts: root.ts });
  expect(after.messages).toHaveLength(1);
});

it("keeps message metadata and shows it to who asks for all of it", async () => {
  const root = await act({ do: "say", text: "metadata" });
  const metadata = { event_type: "thor_outbox", event_payload: { id: "promise-1" } };
  await say({ channel: root.channel, thread_ts: root.ts, text: "x", metadata });
  const asked = { channel: root.channel, ts: root.ts, include_all_metadata: true };
  const found = (await slack.conversations.replies(asked)).messages?.[1];
  expect(found?.metadata).toEqual(metadata);
  const plain = (await slack.conversations.replies({ channel: root.channel, ts: root.ts })).messages?.[1];
  expect(plain?.metadata).toBeUndefined();
});

it("pages history by cursor without losing or doubling a message", async () => {
  const root = await act({ do: "say", text: "paged" });
  for (let n = 0; n < 7; n += 1) await say({ channel: root.channel, thread_ts: root.ts, text: `${n}` });
  const seen: string[] = [];
  for await (const page of slack.paginate("conversations.replies", { channel: root.channel, ts: root.ts, limit: 3 }))
    seen.push(...Page.parse(page).messages.map(({ text }) => text));
  expect(seen).toEqual(["paged", "0", "1", "2", "3", "4", "5", "6"]);
});

it("refuses what Slack refuses, in Slack's words", async () => {
  const human = await act({ do: "say", text: "mine" });
  const channel = human.channel;
  expect(await codeOf(say({ channel, text: "" }))).toBe("no_text");
  expect(await codeOf(say({ channel: "C0SECRET01", text: "x" }))).toBe("channel_not_found");
  expect(await codeOf(slack.chat.update({ channel, ts: human.ts, text: "x" }))).toBe("cant_update_message");
  expect(await codeOf(slack.chat.delete({ channel, ts: "1.000000" }))).toBe("message_not_found");
  expect(await codeOf(slack.conversations.replies({ channel, ts: "1.000000" }))).toBe("thread_not_found");
  expect(await codeOf(slack.conversations.history({ channel, cursor: "nonsense" }))).toBe("invalid_cursor");
  expect(await codeOf(slack.users.info({ user: "U0NOBODY01" }))).toBe("user_not_found");
});

it("refuses blocks over a limit with a pointer to the block", async () => {
  const blocks = [{ type: "section", text: { type: "mrkdwn", text: "x".repeat(3001) } }];
  const refused = await say({ channel: "C0GENERAL1", text: "x", blocks }).catch((err: unknown) => err);
  expect(JSON.stringify(refused)).toContain("invalid_blocks");
  expect(JSON.stringify(refused)).toContain("json-pointer:/blocks/0/text/text");
});

it("marks and unmarks a message once", async () => {
  const { channel, ts } = await act({ do: "say", text: "mark me" });
  await slack.reactions.add({ channel, timestamp: ts, name: "eyes" });
  expect(await codeOf(slack.reactions.add({ channel, timestamp: ts, name: "eyes" }))).toBe("already_reacted");
  await slack.reactions.remove({ channel, timestamp: ts, name: "eyes" });
  expect(await codeOf(slack.reactions.remove({ channel, timestamp: ts, name: "eyes" }))).toBe("no_reaction");
});

it("says what a channel is, so that a gate can decide", async () => {
  const flags = async (channel: string) => (await slack.conversations.info({ channel })).channel;
  expect(await flags("C0GENERAL1")).toMatchObject({ is_private: false, is_ext_shared: false });
  expect(await flags("C0PRIVOPS1")).toMatchObject({ is_private: true });
  expect(await flags("C0PARTNER1")).toMatchObject({ is_shared: true, is_ext_shared: true });
});

it("takes a file in three steps and shows it in the thread", async () => {
  const { channel, ts } = await act({ do: "say", text: "file please" });
  await slack.files.uploadV2({
    channel_id: channel,
    thread_ts: ts,
    filename: "notes.txt",
    content: "line",
    initial_comment: "here",
  });
  const { messages = [] } = await slack.conversations.replies({ channel, ts });
  expect(messages[1]).toMatchObject({ text: "here", files: [{ name: "notes.txt", size: 4 }] });
});

it("shows an ephemeral message to one person only", async () => {
  const { channel, ts } = await act({ do: "say", text: "secret?" });
  await slack.chat.postEphemeral({ channel, user: "U0ALICE001", thread_ts: ts, text: "only you" });
  const seenBy = async (as: string) =>
    (await fetch(`${sim.facts.url}/_sim/slack/thread/${channel}/${ts}?as=${as}`)).text();
  expect(await seenBy("U0ALICE001")).toContain("only you");
  expect(await seenBy("U0BOB00001")).not.toContain("only you");
});

it("limits by plan, and the official client waits as told", async () => {
  const fault = {
    id: "limit",
    match: { sim: "slack", method: "chat.postMessage" },
    do: { rateLimit: { retryAfter: 1 } },
    times: 1,
  };
  await plan([fault]);
  const patient = client({ rejectRateLimitedCalls: false, retryConfig: { retries: 1 } });
  const posted = await patient.apiCall("chat.postMessage", { channel: "C0GENERAL1", text: "after waiting" });
  expect(posted.ok).toBe(true);
  const faults = await getJson(`${sim.facts.url}/_sim/faults`, z.array(z.object({ fired: z.number() })));
  expect(faults[0]?.fired).toBe(1);
  await plan([]);
});

it("loses an answer after the effect by plan: the message is there all the same", async () => {
  const { channel, ts } = await act({ do: "say", text: "drop after" });
  await plan([{ id: "drop", match: { method: "chat.postMessage" }, do: { drop: "after" }, times: 1 }]);
  expect(await codeOf(say({ channel, thread_ts: ts, text: "arrived" }))).toBe("slack_webapi_request_error");
  const { messages = [] } = await slack.conversations.replies({ channel, ts });
  expect(messages.map(({ text }) => text)).toEqual(["drop after", "arrived"]);
  await plan([]);
});

it("notices that a promise was said twice", async () => {
  const metadata = { event_type: "thor_control", event_payload: { triggerId: "run-7" } };
  for (const text of ["once", "twice"]) await say({ channel: "C0ENG00001", text, metadata });
  const { broken } = await getJson(`${sim.facts.url}/_sim/invariants`, z.object({ broken: z.array(z.string()) }));
  expect(broken.join()).toContain("thor_control run-7");
});

it("limits posting as Slack does when real rates are asked for, and tells how long to wait", async () => {
  const strict = await startSimulators({ slack: { rates: "real" } });
  const eager = new WebClient(token, {
    slackApiUrl: `${strict.facts.slack.apiUrl}/`,
    logLevel: LogLevel.ERROR,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
  });
  const codes = [];
  for (let n = 0; n < 10; n += 1)
    codes.push(await codeOf(eager.apiCall("chat.postMessage", { channel: "C0GENERAL1", text: `${n}` })));
  await strict.close();
  expect(codes.slice(0, 4)).toEqual(["no error", "no error", "no error", "no error"]);
  expect(codes.slice(4)).toContain("slack_webapi_rate_limited_error");
});
