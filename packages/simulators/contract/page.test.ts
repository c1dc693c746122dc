import { afterAll, beforeAll, expect, it } from "vitest";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { actIn } from "./sim-client.ts";

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
