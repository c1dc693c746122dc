import { WebClient } from "@slack/web-api";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { actIn, getJson, Place, pressIn } from "./sim-client.ts";

let sim: RunningSimulators;
beforeAll(async () => {
  sim = await startSimulators();
});
afterAll(() => sim.close());

const say = (text: string) => actIn(sim.facts.url, { do: "say", text });
const panel = async (name: string, query: string) => fetch(`${sim.facts.url}/slack/panel/${name}?${query}`);

it("shows hostile text as text, in channel, thread and attributes", async () => {
  const { ts } = await say(
    `<script>alert(1)</script> "><img src=x onerror=alert(1)> <javascript:alert(1)|click> *<b>*`,
  );
  for (const [name, query] of [
    ["channel", "c=C0GENERAL1"],
    ["thread", `c=C0GENERAL1&t=${ts}`],
  ] as const) {
    const markup = await (await panel(name, query)).text();
    expect(markup).toContain("&lt;script&gt;");
    expect(markup).not.toMatch(/<script|<img|<b>\*|href="javascript/i);
  }
});

it("forbids scripts and styles from anywhere but its own files", async () => {
  const { headers } = await fetch(sim.facts.slack.pageUrl);
  expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
  const markup = await (await fetch(sim.facts.slack.pageUrl)).text();
  expect(markup).not.toMatch(/<script(?![^>]*src=)|<style|\son\w+=|\sstyle=/i);
});

it("hides a private channel from who is not in it", async () => {
  expect((await panel("channel", "as=U0CAROL001&c=C0PRIVOPS1")).status).toBe(404);
  expect((await panel("channel", "as=U0ALICE001&c=C0PRIVOPS1")).status).toBe(200);
});

it("tells an open page of a new message within half a second", async () => {
  const live = await fetch(`${sim.facts.url}/slack/live`);
  const reader = live.body?.pipeThrough(new TextDecoderStream()).getReader();
  const started = performance.now();
  const { ts } = await say("live");
  let seen = "";
  while (!seen.includes(ts)) seen += (await reader?.read())?.value ?? "";
  expect(performance.now() - started).toBeLessThan(500);
  await reader?.cancel();
});

it("refuses a page of another site that posts, and a foreign Host", async () => {
  const body = JSON.stringify({ sim: "slack", do: "say", as: "U0ALICE001", channel: "C0GENERAL1", text: "x" });
  const plain = await fetch(`${sim.facts.url}/_sim/act`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body,
  });
  expect(plain.status).toBe(400);
  const cross = await fetch(`${sim.facts.url}/_sim/act`, {
    method: "POST",
    headers: { "content-type": "application/json", "sec-fetch-site": "cross-site" },
    body,
  });
  expect(cross.status).toBe(403);
});

it("shows repositories, commits and files on the GitHub page, and nothing outside them", async () => {
  const at = (path: string) => fetch(`${sim.facts.github.pageUrl}${path}`);
  expect(await (await at("/acme/demo")).text()).toContain("src/greet.js");
  expect(await (await at("/acme/demo/blob/main/src/greet.js")).text()).toContain("Helo");
  expect((await at("/acme/demo/blob/main/..%2f..%2fHEAD")).status).toBe(404);
  expect((await at("/acme/other")).status).toBe(404);
});

it("offers the buttons, menus and modals of the bot to the person they are for, with hostile words as text", async () => {
  const slack = new WebClient("xoxb-sim-000000000000-thor0000", { slackApiUrl: `${sim.facts.slack.apiUrl}/` });
  const plain = (text: string) => ({ type: "plain_text", text });
  const stop = { type: "button", action_id: "thor_stop", value: "v1", text: plain('<b>"Stop"') };
  const span = { type: "static_select", action_id: "span", options: [{ text: plain("30 min"), value: "30" }] };
  const blocks = [{ type: "actions", elements: [stop, span] }];
  const { ts } = Place.parse(await slack.apiCall("chat.postMessage", { channel: "C0GENERAL1", text: "x", blocks }));
  const drawn = await (await panel("channel", "c=C0GENERAL1")).text();
  expect(drawn).toMatch(
    new RegExp(`data-press="thor_stop"\\s+data-label="&lt;b&gt;&quot;Stop&quot;"[^>]*data-ts="${ts}"`),
  );
  expect(drawn).toContain('data-choose="span"');

  expect(await (await panel("modal", "as=U0ALICE001")).text()).toBe("");
  const channel = "C0GENERAL1";
  await pressIn(sim.facts.url, { do: "click", channel, ts, actionId: "thor_stop" });
  const Bodies = z.array(z.object({ body: z.looseObject({ trigger_id: z.string().optional() }) }));
  const trigger_id = (await getJson(`${sim.facts.url}/_sim/slack/deliveries`, Bodies)).at(-1)?.body.trigger_id;
  const input = {
    type: "input",
    block_id: "why",
    label: plain("Why?"),
    element: { type: "plain_text_input", action_id: "text" },
  };
  await slack.apiCall("views.open", {
    trigger_id,
    view: { type: "modal", title: plain("Stop"), submit: plain("Send"), blocks: [input] },
  });
  const modal = await (await panel("modal", "as=U0ALICE001")).text();
  expect(modal).toContain('<input name="text"');
  expect(modal).toContain("Why?");
  expect(await (await panel("modal", "as=U0BOB00001")).text()).toBe("");
});
