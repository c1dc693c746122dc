import { Server } from "node:http";

import { App, type BlockAction, HTTPReceiver, LogLevel, type ViewSubmitAction } from "@slack/bolt";
import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { z } from "zod";

import { type RunningSimulators, startSimulators } from "../src/start.ts";
import { getJson, moveClock, Place, planFaults, pressIn, sendJson } from "./sim-client.ts";

const signingSecret = "contract-signing-secret-0123456789abcdef";
const botToken = "xoxb-sim-contract-token";
const channel = "C0GENERAL1";

const presses: BlockAction[] = [];
const submissions: ViewSubmitAction[] = [];
let errors: Record<string, string> | undefined;
let app: App;
let sim: RunningSimulators;
let slack: WebClient;

const plain = (text: string) => ({ type: "plain_text" as const, text });
const button = (action_id: string, text: string) => ({
  type: "button" as const,
  action_id,
  value: `${action_id}-1`,
  text: plain(text),
});
const card = [
  { type: "actions" as const, block_id: "card", elements: [button("approve", "Approve"), button("reject", "Reject")] },
];
const modal = {
  type: "modal" as const,
  callback_id: "reason",
  private_metadata: "m1",
  title: plain("Why not?"),
  submit: plain("Send"),
  blocks: [
    {
      type: "input" as const,
      block_id: "why",
      label: plain("Reason"),
      element: { type: "plain_text_input" as const, action_id: "text" },
    },
    {
      type: "input" as const,
      block_id: "how",
      optional: true,
      label: plain("How long"),
      element: { type: "static_select" as const, action_id: "span", options: [{ text: plain("30 min"), value: "30" }] },
    },
  ],
};

beforeAll(async () => {
  const receiver = new HTTPReceiver({ signingSecret, port: 0, endpoints: "/slack", logLevel: LogLevel.ERROR });
  const authorize = () => Promise.resolve({ botToken, botId: "B0THORBOT1", botUserId: "U0THORBOT1" });
  app = new App({ receiver, authorize, logLevel: LogLevel.ERROR });
  app.action<BlockAction>(/.*/, async ({ ack, body }) => {
    presses.push(body);
    await ack();
  });
  app.view<ViewSubmitAction>("reason", async ({ ack, body }) => {
    submissions.push(body);
    await (errors === undefined ? ack() : ack({ response_action: "errors", errors }));
  });
  const server = await app.start(0);
  const address = server instanceof Server ? server.address() : null;
  if (address === null || typeof address === "string") throw new Error("Bolt has no port");
  const url = `http://127.0.0.1:${address.port}/slack`;
  sim = await startSimulators({ slack: { eventsUrl: url, interactivityUrl: url, signingSecret, botToken } });
  slack = new WebClient(botToken, {
    slackApiUrl: `${sim.facts.slack.apiUrl}/`,
    logLevel: LogLevel.ERROR,
    retryConfig: { retries: 0 },
  });
});
afterAll(async () => {
  await app.stop();
  await sim.close();
});
beforeEach(async () => {
  presses.length = 0;
  submissions.length = 0;
  errors = undefined;
  await planFaults(sim.facts.url, []);
});

const post = async () =>
  Place.parse(await slack.apiCall("chat.postMessage", { channel, text: "card", blocks: card })).ts;
const click = (ts: string, more: object = {}) =>
  pressIn(sim.facts.url, { do: "click", channel, ts, label: "Approve", ...more });
const submit = (values: object, as = "U0ALICE001") => pressIn(sim.facts.url, { do: "submit", as, values });
const Views = z.array(z.object({ title: z.object({ text: z.string() }), errors: z.record(z.string(), z.string()) }));
const viewsOf = (as: string) => getJson(`${sim.facts.url}/_sim/slack/views?as=${as}`, Views);
const Thread = z.object({ messages: z.array(z.object({ text: z.string(), isEphemeral: z.boolean() })) });
const threadAs = async (ts: string, as: string) =>
  (await getJson(`${sim.facts.url}/_sim/slack/thread/${channel}/${ts}?as=${as}`, Thread)).messages;
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => "no error",
    (err: { data?: { error?: string } }) => err.data?.error,
  );

/** Presses the card as Alice and gives what the app heard of it. */
async function pressed(): Promise<BlockAction> {
  await click(await post());
  const press = presses.at(-1);
  if (press === undefined) throw new Error("the app heard of no press");
  return press;
}

it("brings a press to a Bolt app, signed, with who pressed what and where", async () => {
  const ts = await post();
  expect(await click(ts, { as: "U0BOB00001" })).toMatchObject({ isTaken: true });
  expect(presses[0]).toMatchObject({
    type: "block_actions",
    user: { id: "U0BOB00001" },
    team: { id: "T0ACME0001" },
    channel: { id: channel, name: "general" },
    container: { type: "message", message_ts: ts, channel_id: channel },
    message: { ts, text: "card" },
    actions: [{ type: "button", action_id: "approve", block_id: "card", value: "approve-1" }],
  });
});

it("offers no button that is not there, and tells the person when the app does not take the press", async () => {
  const ts = await post();
  expect(await click(ts, { label: "Merge" })).toEqual({ error: "no_such_action" });
  await planFaults(sim.facts.url, [{ id: "forged", match: { method: "block_actions" }, do: { badSignature: true } }]);
  expect(await click(ts)).toMatchObject({ isTaken: false, status: 401 });
  expect(presses).toEqual([]);
});

it("opens a modal for a press, brings its fields back, and closes it when the app takes them", async () => {
  const { trigger_id } = await pressed();
  const opened = await slack.views.open({ trigger_id, view: modal });
  expect(opened.view).toMatchObject({ callback_id: "reason", private_metadata: "m1" });
  expect((await viewsOf("U0ALICE001")).map(({ title }) => title.text)).toEqual(["Why not?"]);
  expect(await viewsOf("U0BOB00001")).toEqual([]);
  expect(await submit({})).toEqual({ error: "field_required" });
  expect(await submit({ text: "too risky", span: "30" })).toMatchObject({ isTaken: true });
  expect(submissions[0]?.view).toMatchObject({ id: opened.view?.id, private_metadata: "m1" });
  expect(submissions[0]?.view.state.values).toMatchObject({
    why: { text: { type: "plain_text_input", value: "too risky" } },
    how: { span: { type: "static_select", selected_option: { value: "30" } } },
  });
  expect(await viewsOf("U0ALICE001")).toEqual([]);
});

it("keeps a modal open with the app's messages at its fields", async () => {
  const { trigger_id } = await pressed();
  await slack.views.open({ trigger_id, view: modal });
  errors = { why: "say more" };
  await submit({ text: "no" });
  expect((await viewsOf("U0ALICE001"))[0]?.errors).toEqual({ why: "say more" });
});

it("lets a trigger open one modal, and only for three seconds", async () => {
  const first = await pressed();
  await slack.views.open({ trigger_id: first.trigger_id, view: modal });
  expect(await codeOf(slack.views.open({ trigger_id: first.trigger_id, view: modal }))).toBe("exchanged_trigger_id");
  const second = await pressed();
  await moveClock(sim.facts.url, { advance: "4s" });
  expect(await codeOf(slack.views.open({ trigger_id: second.trigger_id, view: modal }))).toBe("expired_trigger_id");
});

it("updates a modal by its id, unless it changed meanwhile", async () => {
  const { trigger_id } = await pressed();
  const { view } = await slack.views.open({ trigger_id, view: modal });
  const update = (hash: string, title: string) =>
    slack.views.update({ view_id: view?.id ?? "", hash, view: { ...modal, title: plain(title) } });
  await update(view?.hash ?? "", "Changed");
  expect((await viewsOf("U0ALICE001"))[0]?.title.text).toBe("Changed");
  expect(await codeOf(update(view?.hash ?? "", "Again"))).toBe("hash_conflict");
});

it("refuses a modal over Slack's limits", async () => {
  const { trigger_id } = await pressed();
  const view = { ...modal, title: plain("a title of more than 24 characters") };
  expect(await codeOf(slack.views.open({ trigger_id, view }))).toBe("invalid_arguments");
});

it("takes answers at the response URL five times, seen by the person who pressed only", async () => {
  const press = await pressed();
  const ts = press.message?.ts ?? "";
  const answer = (text: string) =>
    sendJson("POST", press.response_url, { text, response_type: "ephemeral", thread_ts: ts });
  for (let n = 1; n <= 5; n += 1) expect((await answer(`answer ${n}`)).status).toBe(200);
  expect(await (await answer("answer 6")).json()).toEqual({ ok: false, error: "used_url" });
  const seen = await threadAs(ts, "U0ALICE001");
  expect(seen.filter(({ isEphemeral }) => isEphemeral).map(({ text }) => text)).toEqual(
    [1, 2, 3, 4, 5].map((n) => `answer ${n}`),
  );
  expect((await threadAs(ts, "U0BOB00001")).map(({ text }) => text)).toEqual(["card"]);
});

it("replaces and deletes the pressed message at the response URL, for half an hour", async () => {
  const press = await pressed();
  const ts = press.message?.ts ?? "";
  await sendJson("POST", press.response_url, { text: "approved", replace_original: true });
  expect((await threadAs(ts, "U0BOB00001")).map(({ text }) => text)).toEqual(["approved"]);
  await sendJson("POST", press.response_url, { delete_original: true });
  expect(await threadAs(ts, "U0BOB00001")).toEqual([]);
  await moveClock(sim.facts.url, { advance: "31m" });
  expect(await (await sendJson("POST", press.response_url, { text: "late" })).json()).toEqual({
    ok: false,
    error: "expired_url",
  });
});

it("lets a person press a button in a message that only this person sees", async () => {
  const { message_ts: ts = "" } = await slack.chat.postEphemeral({
    channel,
    user: "U0BOB00001",
    text: "card",
    blocks: card,
  });
  expect(await click(ts, { as: "U0ALICE001" })).toEqual({ error: "message_not_found" });
  await click(ts, { as: "U0BOB00001" });
  expect(presses[0]).toMatchObject({ container: { is_ephemeral: true, message_ts: ts }, user: { id: "U0BOB00001" } });
});
