/** What operators do: from forms of ours only, once, with a reason where one is asked for, and always on record. */
import { createSigner } from "@thor/kit/signer";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { headersOf, openWorld, ORIGIN, SECRET, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const lastAudit = async (event: string) => (await world.ledger.auditPage({ event, limit: 1 })).rows[0];
const talk = (path: string) => `/admin/conversations/${world.running.anchorId}/${path}`;
const token = (email: string, at: number, surface = "admin") =>
  `${at}.${createSigner(SECRET, "thor", "csrf")([surface, email, String(at)].join("\n"))}`;

describe("a form", () => {
  const typed = { text: "my careful words <b>" };

  it("that is too old, somebody else's or of another surface is refused, and its words are still there", async () => {
    const old = Date.now() - 13 * 3_600_000;
    const bad = [
      "",
      "x",
      token("bob@acme.dev", Date.now()),
      token("ada@acme.dev", old),
      token("ada@acme.dev", Date.now(), "viewer"),
    ];
    for (const csrf of bad) {
      const answer = await world.post(talk("message"), { ...typed, _csrf: csrf });
      const page = await answer.text();
      expect([answer.status, page.includes("my careful words &lt;b>"), page.includes("press again")]).toEqual([
        403,
        true,
        true,
      ]);
    }
    expect(await lastAudit("admin.message")).toBeUndefined();
  });

  it("from another site, from nowhere or without an origin is refused", async () => {
    for (const origin of ["https://evil.example", "null", `${ORIGIN}.evil.example`, ""])
      expect((await world.post(talk("message"), typed, { origin })).status).toBe(403);
    expect((await world.post(talk("message"), typed, { "sec-fetch-site": "cross-site" })).status).toBe(403);
    const bare = await fetch(`${world.url}${talk("message")}`, {
      method: "POST",
      headers: headersOf(),
      body: new URLSearchParams(typed),
    });
    expect(bare.status).toBe(403);
  });
});

describe("Stop", () => {
  it("asks for a reason first, then is a promise to the runner with its proof", async () => {
    const { triggerId, anchorId } = world.running;
    const asked = await world.post(talk("stop"), { run: triggerId });
    expect([asked.status, (await asked.text()).includes("killed")]).toEqual([200, true]);
    const short = await world.post(talk("stop"), { run: triggerId, confirmed: "1", reason: "x" });
    expect([short.status, (await short.text()).includes("3 to 500")]).toEqual([400, true]);
    const done = await world.post(talk("stop"), { run: triggerId, confirmed: "1", reason: "wrong branch" });
    expect([done.status, done.headers.get("location")]).toEqual([303, `/admin/conversations/${anchorId}`]);
    const { rows } = await world.ledger.listPromises({ anchorId, open: true, limit: 10 });
    const stop = rows.find(({ kind }) => kind === "control.stop");
    expect(await world.ledger.promisePayload({ id: stop?.id ?? "" })).toMatchObject({
      kind: "control.stop",
      triggerId,
      reason: "wrong branch",
      via: "admin",
      by: { kind: "admin", id: "ada@acme.dev" },
    });
    expect(await lastAudit("admin.run.stop")).toMatchObject({
      actor: "ada@acme.dev",
      target: triggerId,
      decision: "done",
      reason: "wrong branch",
    });
  });
});

it("sends an instruction to the agent and into the thread together", async () => {
  const { anchorId } = world.running;
  expect((await world.post(talk("message"), { text: "use <main> please" })).status).toBe(303);
  const { rows } = await world.ledger.listEvents({ anchorId, source: "admin", limit: 1 });
  expect(rows[0]).toMatchObject({ kind: "admin.message", human: true, urgent: true, interrupt: true, state: "ready" });
  const event = await world.ledger.getEvent({ eventId: rows[0]?.id ?? "" });
  expect(event?.payload).toMatchObject({ text: "use <main> please" });
  const promises = await world.ledger.listPromises({ anchorId, open: true, limit: 10 });
  const post = promises.rows.find(({ dedupeKey }) => dedupeKey.startsWith("admin-message"));
  expect(await world.ledger.promisePayload({ id: post?.id ?? "" })).toMatchObject({
    text: expect.stringContaining("via admin: use &lt;main&gt; please"),
    threadTs: "1700000000.000100",
  });
  expect(await lastAudit("admin.message.send")).toMatchObject({ decision: "done", target: anchorId });
});

it("mutes once: who saw an older state is told so, and that is on record too", async () => {
  const { anchorId } = world.running;
  const v = String((await world.ledger.anchorById({ anchorId }))?.version);
  expect((await world.post(talk("mute"), { v, muted: "1" })).status).toBe(303);
  const stale = await world.post(talk("mute"), { v, muted: "1" });
  expect([stale.status, (await stale.text()).includes("Look again")]).toEqual([409, true]);
  expect(await lastAudit("admin.conversation.mute")).toMatchObject({ decision: "refused" });
  expect((await world.ledger.anchorById({ anchorId }))?.muted).toBe(true);
});

it("moves and releases names, but none of an open run and never a session", async () => {
  const { done, running } = world;
  const at = (path: string) => `/admin/conversations/${done.anchorId}/aliases/${path}`;
  const name = {
    type: "git.branch",
    value: "web:fix/greeting",
    confirmed: "1",
    reason: "wrong place",
    to: running.anchorId,
  };
  const version = async () => {
    const aliases = await world.ledger.aliasesOf({ anchorId: done.anchorId });
    return String(aliases.find(({ value }) => value === name.value)?.version ?? 0);
  };
  const busy = await world.post(at("move"), { ...name, v: await version() });
  expect([busy.status, (await busy.text()).includes("A run is open")]).toEqual([409, true]);
  const session = await world.post(at("release"), { ...name, type: "opencode.session", value: done.sessionId, v: "1" });
  expect(session.status).toBe(409);
  expect((await world.post(at("release"), { ...name, v: await version() })).status).toBe(303);
  expect(await world.ledger.anchorOf({ type: "git.branch", value: name.value })).toEqual({ kind: "unknown" });
  expect(await lastAudit("admin.alias.release")).toMatchObject({
    target: "git.branch:web:fix/greeting",
    reason: "wrong place",
  });
});

it("lets nobody change more than sixty things a minute", async () => {
  const headers = { "x-vouch-user": "eager@acme.dev" };
  const csrf = token("eager@acme.dev", Date.now());
  const press = () => world.post("/admin/attention/snooze", { _csrf: csrf, key: "k", size: "1", hours: "1" }, headers);
  const statuses: number[] = [];
  for (let at = 0; at < 61; at += 1) statuses.push((await press()).status);
  expect(statuses.slice(0, 60).every((status) => status === 303)).toBe(true);
  expect(statuses.at(-1)).toBe(429);
});
