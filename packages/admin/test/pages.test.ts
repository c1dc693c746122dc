/** The pages over a real ledger: who may see them, what they say, and that nothing foreign becomes markup. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { HOSTILE, PLANTED } from "./fill.ts";
import { headersOf, openWorld, SECRET, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const text = async (path: string) => (await world.get(path)).text();
const pages = () => [
  "/admin",
  "/admin/conversations",
  `/admin/conversations/${world.done.anchorId}`,
  `/admin/conversations/${world.done.anchorId}/runs/${world.done.triggerId}`,
  `/admin/conversations/${world.running.anchorId}`,
  ...["waiting", "running", "retrying", "dead", "dropped", "ignored", "promises"].map(
    (tab) => `/admin/queue?tab=${tab}`,
  ),
  `/admin/queue/${world.deadId}`,
  "/admin/approvals",
  "/admin/approvals?tab=done",
  "/admin/approvals?tab=grants",
  `/admin/approvals/${world.approvalId}`,
  "/admin/schedules",
  `/admin/schedules/${world.lineHash}`,
  "/admin/schedules/edit",
  "/admin/config",
  "/admin/config/versions/1",
  "/admin/integrations",
  "/admin/policy",
  "/admin/egress",
  "/admin/audit",
  "/admin/audit/1",
  "/admin/usage",
  "/admin/system",
];

describe("the gate", () => {
  it("lets nobody in without the secret, a signed-in person and the role", async () => {
    const status = async (headers: Record<string, string>) => (await fetch(`${world.url}/admin`, { headers })).status;
    expect(await status({})).toBe(401);
    expect(await status({ ...headersOf(), "x-thor-internal-secret": `${SECRET}x` })).toBe(401);
    expect(await status({ "x-thor-internal-secret": SECRET, "x-thor-role": "admin" })).toBe(401);
    expect(await status({ ...headersOf(), "x-vouch-user": "no mail" })).toBe(401);
    expect(await status(headersOf("ada@acme.dev", "member"))).toBe(403);
    expect(await status(headersOf())).toBe(200);
  });

  it("answers who asks for its health with one word and no more", async () => {
    const health = await fetch(`${world.url}/health`);
    expect([health.status, await health.text()]).toEqual([200, '{"ok":true}']);
  });

  it("tells browsers to load from here only and to keep nothing", async () => {
    const { headers } = await world.get("/admin");
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self'");
    expect(headers.get("content-security-policy")).not.toContain("unsafe");
    expect([headers.get("cache-control"), headers.get("referrer-policy")]).toEqual(["no-store", "same-origin"]);
  });
});

describe("every page", () => {
  it("holds no inline script, style or handler, and no markup or credential of strangers", async () => {
    const shown = await Promise.all(pages().map(async (path) => ({ path, html: await text(path) })));
    const found = shown.map(({ path, html }) => ({
      path,
      isPage: html.includes("<h1>") && !html.includes("could not be loaded"),
      inline: html.match(/<script(?![^>]*\ssrc=)|<[a-z][^>]*\s(?:style|on[a-z]+|hx-[a-z]+)=|<img/g),
      secrets: PLANTED.filter((secret) => html.includes(secret)),
    }));
    expect(found).toEqual(pages().map((path) => ({ path, isPage: true, inline: null, secrets: [] })));
    const run = shown[3]?.html ?? "";
    expect(run).toContain(HOSTILE.slice(0, 10).replace("<", "&lt;"));
    expect(run).toContain("[redacted:Slack token]");
  });

  it("is a page of its own where there is nothing, never a way to somewhere else", async () => {
    for (const path of ["/admin/nowhere", "/admin/conversations/1", `/admin/conversations/${world.newId()}`]) {
      const answer = await world.get(path);
      expect([path, answer.status]).toEqual([path, 404]);
      expect(await answer.text()).toContain("Not found");
    }
  });
});

it("says what wants a person on the overview, until somebody hides it and it grows", async () => {
  expect(await text("/admin")).toContain("1 dead letter waits for a person");
  const hidden = await world.post("/admin/attention/snooze", { key: "dead", size: "1", hours: "1" });
  expect([hidden.status, hidden.headers.get("location")]).toEqual([303, "/admin"]);
  expect(await text("/admin")).not.toContain("dead letter waits");
  const audit = await world.ledger.auditPage({ event: "admin.attention", limit: 5 });
  expect(audit.rows).toMatchObject([{ actor: "ada@acme.dev", decision: "done", target: "dead" }]);
});

it("lists what was ignored with its reason and ids, newest first and page by page", async () => {
  const { newId } = world;
  for (let number = 1; number <= 51; number += 1)
    await world.ledger.recordIgnored({
      provider: "slack",
      deliveryKey: `Ev-${String(number).padStart(2, "0")}-${newId()}`,
      reason: number === 1 ? HOSTILE : "not_engaged",
      eventType: "message",
      refs: { channel: "C0WEB", ts: "1.000001" },
    });
  const newest = await text("/admin/queue?tab=ignored");
  expect(newest).toContain("not_engaged");
  expect(newest).toContain("channel C0WEB, ts 1.000001");
  const [, next = ""] = /href="([^"]*after=[^"]*)"/.exec(newest) ?? [];
  const oldest = await text(next.replaceAll("&amp;", "&"));
  expect(oldest).toContain("Ev-01-");
  expect(oldest).not.toContain("Ev-02-");
  expect(oldest).not.toContain(HOSTILE);
});

it("finds a conversation by a link, a key, an address, the end of an id, or by words", async () => {
  const { anchorId, triggerId } = world.done;
  const to = async (q: string) =>
    (await world.get(`/admin/search?${new URLSearchParams({ q }).toString()}`)).headers.get("location");
  const here = `/admin/conversations/${anchorId}`;
  expect(await to("https://acme.slack.com/archives/C0WEB/p1700000000000200")).toBe(here);
  expect(await to("https://acme.slack.com/archives/C0WEB/p1700000000000999?thread_ts=1700000000.000200")).toBe(here);
  expect(await to("https://github.com/acme/web/pull/7")).toBe(here);
  expect(await to("https://github.com/acme/web/tree/fix/greeting")).toBe(here);
  expect(await to("slack:thread:C0WEB/1700000000.000200")).toBe(here);
  expect(await to(`https://thor.test/runner/v/${anchorId}/${triggerId}`)).toBe(`${here}/runs/${triggerId}`);
  expect(await to(anchorId)).toBe(here);
  expect(await to("upgrade runtime")).toBe("/admin/conversations?q=upgrade+runtime");
  const found = await text("/admin/conversations?q=upgr+runt&state=running");
  expect(found).toContain("Upgrade the runtime");
  expect(found).not.toContain("Fix the greeting");
  expect(await text("/admin/conversations?state=nonsense")).toContain("Upgrade the runtime");
});

it("nests a sub-agent inside a sub-agent, draws edits as lines, and sums what was recorded", async () => {
  const html = await text(`/admin/conversations/${world.done.anchorId}/runs/${world.done.triggerId}`);
  const inner = html.slice(html.indexOf('id="steps-ses_child0000001"'));
  expect(inner).toContain('id="steps-ses_grandchild01"');
  expect(html.match(/found in the depth/g)).toHaveLength(1);
  expect(html).toMatch(/class="line removed"[\s\S]*?helo[\s\S]*?class="line added"[\s\S]*?hello/);
  expect(html).toContain("$0.750");
  expect(html).toContain("no price");
});

it("offers the list as a table and the conversation as a file, redacted and on record", async () => {
  const csv = await text("/admin/conversations.csv");
  expect(csv.split("\r\n")[0]).toBe("id,title,state,source,repository,runs,cost_usd,last_activity_ms");
  expect(csv).toContain(world.running.anchorId);
  const file = await text(`/admin/conversations/${world.done.anchorId}/export.json`);
  expect(JSON.parse(file)).toMatchObject({ anchor: { id: world.done.anchorId } });
  for (const secret of PLANTED) expect(file).not.toContain(secret);
  const { rows } = await world.ledger.auditPage({ event: "admin.export", limit: 5 });
  expect(rows.map(({ actor }) => actor)).toEqual(["ada@acme.dev", "ada@acme.dev"]);
});
