/** The viewer over a real runner: who may read what, live steps, and a stop that reaches the run. */
import { createIds } from "@thor/kit/ids";
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { startFakeOpencode, type FakeOpencode } from "./fake-opencode.ts";
import { openStage, type RunningRunner, SECRET, type Stage } from "./stage.ts";

const ORIGIN = "http://thor.test";
const newId = createIds(Date.now);
let stage: Stage;
let opencode: FakeOpencode;
let runner: RunningRunner;
let run: { anchorId: string; triggerId: string; sessionId: string };

beforeAll(async () => {
  const users = [
    { email: "alice@acme.dev", name: "Alice", slack: "U0ALICE001" },
    { email: "eve@acme.dev", name: "Eve", slack: "U0EVE00001" },
  ];
  [stage, opencode] = await Promise.all([openStage({ users }), startFakeOpencode()]);
  runner = await stage.start(opencode.url, { RUNNER_BASE_URL: ORIGIN });
  opencode.onPrompt = (sessionId, { messageID }) => {
    opencode.user(sessionId, messageID);
    opencode.busy.set(sessionId, { type: "busy" });
  };
  const { body } = await runner.ask(await stage.conversation(), "hello");
  const { triggerId = "", sessionId = "" } = body;
  run = { triggerId, sessionId, anchorId: (await stage.run(triggerId)).anchorId };
}, 60_000);
afterAll(async () => {
  await runner.close();
  await opencode.close();
  await stage.close();
});

const as = (email: string, role = "member") => ({
  "x-thor-internal-secret": SECRET,
  "x-vouch-user": email,
  "x-thor-role": role,
});
const ask = (path: string, headers: Record<string, string> = as("eve@acme.dev")) =>
  fetch(`${runner.url}${path}`, { headers });
const page = () => `/runner/v/${run.anchorId}/${run.triggerId}`;
const emitTool = (at: number, output: string) =>
  opencode.emit("message.part.updated", {
    part: {
      id: `prt_viewer${at}`,
      sessionID: run.sessionId,
      messageID: "msg_tools",
      type: "tool",
      tool: "bash",
      callID: `c${at}`,
      state: { status: "completed", input: { command: "ls" }, output },
    },
  });

it("is for signed-in people only, and a page nobody has is missing for everybody", async () => {
  expect((await fetch(`${runner.url}${page()}`)).status).toBe(401);
  expect((await ask(page(), { ...as("eve@acme.dev"), "x-thor-internal-secret": "wrong" })).status).toBe(401);
  expect((await ask(page())).status).toBe(200);
  const v4 = "4f0c0b4e-1c1a-4b7e-9a3b-0a0a0a0a0a0a";
  for (const path of [
    `/runner/v/${newId()}`,
    `/runner/v/${v4}`,
    `/runner/v/${run.anchorId}/${newId()}`,
    `/runner/v/${newId()}/${run.triggerId}`,
  ])
    expect([path, (await ask(path)).status]).toEqual([path, 404]);
});

it("shows a new step on an open page, and names it by the run's own words", async () => {
  const html = await (await ask(page())).text();
  expect(html).toContain("Running");
  expect(html).toContain("<title>Slack · ");
  const address = (/data-stream="([^"]+)"/.exec(html)?.[1] ?? "").replaceAll("&amp;", "&");
  const cut = new AbortController();
  const response = await fetch(`${runner.url}${address}`, { headers: as("eve@acme.dev"), signal: cut.signal });
  let got = "";
  const reading = (async () => {
    for await (const bytes of response.body ?? []) got += new TextDecoder().decode(bytes);
  })().catch(() => undefined);
  emitTool(1, "<script>alert(1)</script> one line");
  await eventually("the step on the wire", () => got.includes("step-prt_viewer1") || undefined);
  await eventually("its words", () => got.includes("&lt;script>alert(1)&lt;/script> one line") || undefined);
  cut.abort();
  await reading;
  expect(await (await ask(`${page()}/steps/prt_viewer1`)).text()).toContain("one line");
});

describe("a conversation from a private place", () => {
  beforeAll(async () => {
    await stage.ledger.learnAnchor({ anchorId: run.anchorId, title: "secret plan", visibility: "gated" });
  });

  it("tells others its state and totals, and no word of it", async () => {
    for (const path of [page(), `/runner/v/${run.anchorId}`]) {
      const html = await (await ask(path)).text();
      expect(html).toContain("Running");
      expect(html).not.toMatch(/secret plan|one line|bash|hello|prt_viewer/);
    }
    expect((await ask(`${page()}/steps/prt_viewer1`)).status).toBe(404);
    expect((await ask(`${page()}/stream?after=0`)).status).toBe(404);
  });

  it("is whole for who took part and for admins, who can look at it as others do", async () => {
    for (const headers of [as("alice@acme.dev"), as("root@acme.dev", "admin")])
      expect(await (await ask(page(), headers)).text()).toContain("prt_viewer1");
    expect(await (await ask(`${page()}?limited=1`, as("root@acme.dev", "admin"))).text()).not.toContain("prt_viewer1");
  });
});

it("stops the run for who took part, from its own form only, with a reason and on record", async () => {
  const html = await (await ask(page(), as("alice@acme.dev"))).text();
  expect(await (await ask(page(), as("eve@acme.dev"))).text()).not.toContain("Stop this run");
  const csrf = /name="_csrf" value="([^"]+)"/.exec(html.slice(html.indexOf('id="stop"')))?.[1] ?? "";
  const post = async (email: string, headers: Record<string, string>, fields: Record<string, string>) =>
    fetch(`${runner.url}${page()}/stop`, {
      method: "POST",
      redirect: "manual",
      headers: { ...as(email), ...headers },
      body: new URLSearchParams(fields),
    });
  const origin = { origin: ORIGIN };
  expect((await post("alice@acme.dev", {}, { _csrf: csrf, reason: "enough" })).status).toBe(403);
  expect((await post("eve@acme.dev", origin, { _csrf: csrf, reason: "enough" })).status).toBe(403);
  expect((await post("alice@acme.dev", origin, { _csrf: "old", reason: "enough" })).status).toBe(403);
  expect((await post("alice@acme.dev", origin, { _csrf: csrf, reason: "" })).status).toBe(400);
  expect((await stage.run(run.triggerId)).endedAt).toBeUndefined();
  expect((await post("alice@acme.dev", origin, { _csrf: csrf, reason: "enough" })).status).toBe(303);
  const { rows } = await stage.ledger.auditPage({ event: "viewer.run.stop", limit: 1 });
  expect(rows[0]).toMatchObject({ actor: "alice@acme.dev", decision: "done", reason: "enough" });
  expect((await stage.ended(run.triggerId, 60_000)).status).toBe("aborted");
  const ended = await (await ask(page(), as("alice@acme.dev"))).text();
  expect(ended).toContain("Stopped");
  expect(ended).not.toContain("data-stream");
});
