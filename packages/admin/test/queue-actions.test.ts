/** Requests, promises, decisions and schedules in the hands of operators: once, with reasons, always on record. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const lastAudit = async (event: string) => (await world.ledger.auditPage({ event, limit: 1 })).rows[0];
const text = async (path: string) => (await world.get(path)).text();

it("shows a dead letter, replays it once, and tells the second who presses that it changed", async () => {
  expect(await text("/admin/queue?tab=dead")).toContain("directory not found");
  const v = String((await world.ledger.getEvent({ eventId: world.deadId }))?.version);
  const path = `/admin/queue/${world.deadId}/replay`;
  const question = await world.post(path, { v });
  expect([question.status, (await question.text()).includes("runs once")]).toEqual([200, true]);
  const both = await Promise.all([world.post(path, { v, confirmed: "1" }), world.post(path, { v, confirmed: "1" })]);
  expect(new Set(both.map(({ status }) => status))).toEqual(new Set([303, 409]));
  expect((await world.ledger.getEvent({ eventId: world.deadId }))?.state).toBe("ready");
  const { rows } = await world.ledger.auditPage({ event: "admin.event.replay", limit: 5 });
  expect(rows.map(({ decision }) => decision).toSorted()).toEqual(["done", "refused"]);
});

it("discards with a reason only, and tells the person who asked unless silently", async () => {
  const eventId = world.deadId;
  const post = async (fields: Record<string, string>) =>
    world.post(`/admin/queue/${eventId}/discard`, {
      v: String((await world.ledger.getEvent({ eventId }))?.version),
      ...fields,
    });
  expect((await post({ confirmed: "1", reason: "" })).status).toBe(400);
  expect((await post({ confirmed: "1", reason: "asked twice", silently: "1" })).status).toBe(303);
  expect((await world.ledger.getEvent({ eventId }))?.state).toBe("discarded");
  expect(await world.ledger.promiseByKey({ dedupeKey: `discarded:${eventId}` })).toBeUndefined();
  expect(await lastAudit("admin.event.discard")).toMatchObject({ decision: "done", reason: "asked twice" });
});

const admitMessage = (key: string) =>
  world.ledger.admit({
    provider: "slack",
    deliveryKey: `EvBulk${key}`,
    eventType: "app_mention",
    refs: { team: "T1", channel: "C0WEB", threadTs: "1700000000.000100", ts: `1.${key}` },
    event: {
      source: "slack",
      kind: "slack.message",
      correlationKey: `slack:thread:C0BULK${key}/1700000000.000100`,
      bind: "anchor",
      human: true,
      urgent: false,
      interrupt: false,
      gate: "open",
      actors: { slack: "U0ADA0001" },
      externalAuthor: false,
      sourceAt: Date.now(),
      payload: {},
    },
  });

it("lets what waits behind a stop go on, once", async () => {
  const admitted = await admitMessage("9");
  if (admitted.kind !== "accepted" || admitted.anchorId === undefined) throw new Error(admitted.kind);
  const { anchorId } = admitted;
  await world.ledger.stopLane({ anchorId, by: "U0ADA0001", reason: "word" });
  const page = `/admin/conversations/${anchorId}`;
  expect(await text(page)).toContain("Let it go on");
  const path = `/admin/lanes/${anchorId}/resume`;
  expect((await world.post(path, {})).status).toBe(303);
  expect(await text(page)).not.toContain("Let it go on");
  expect((await world.post(path, {})).status).toBe(409);
  expect(await lastAudit("admin.lane.resume")).toMatchObject({ target: anchorId });
});

it("does to many rows what it can and says what became of each", async () => {
  const keys = ["1", "2", "3"];
  const ids: string[] = [];
  for (const key of keys) {
    const admitted = await admitMessage(key);
    if (admitted.kind === "accepted") ids.push(admitted.eventId);
  }
  const items = await Promise.all(
    ids.map(async (id) => `${id}:${(await world.ledger.getEvent({ eventId: id }))?.version}`),
  );
  const body = new URLSearchParams({
    _csrf: await world.token(),
    act: "discard",
    confirmed: "1",
    reason: "cleaning up",
  });
  for (const item of [...items.slice(0, 2), `${ids[2]}:99`]) body.append("item", item);
  const answer = await world.send("/admin/queue/bulk", body);
  expect(answer.status).toBe(303);
  expect(decodeURIComponent(answer.headers.get("set-cookie") ?? "")).toContain("2 done, 1 changed meanwhile");
  expect(await world.ledger.promiseByKey({ dedupeKey: `discarded:${ids[0]}` })).toMatchObject({ state: "pending" });
});

it("shows the provider's error of a failed promise and tries it again", async () => {
  expect(await text("/admin/queue?tab=promises")).toContain("channel_not_found");
  const { rows } = await world.ledger.listPromises({ state: "failed", limit: 5 });
  const v = String(rows.find(({ id }) => id === world.promiseId)?.version);
  expect((await world.post(`/admin/outbox/${world.promiseId}/retry`, { v })).status).toBe(303);
  expect((await world.ledger.listPromises({ state: "failed", limit: 5 })).rows).toEqual([]);
  expect(await lastAudit("admin.outbox.retry")).toMatchObject({ target: world.promiseId, decision: "done" });
});

it("makes a decision the same click that Slack makes, of the content that was shown", async () => {
  const id = world.approvalId;
  const page = await text(`/admin/approvals/${id}`);
  expect(page).toContain("Deploy⟨U+202E⟩!");
  const fields = { decision: "approved", args: `args-${id}`, context: `context-${id}`, confirmed: "1" };
  const other = await world.post(`/admin/approvals/${id}/decide`, { ...fields, args: "args-of-something-else" });
  expect([other.status, (await other.text()).includes("content changed")]).toEqual([409, true]);
  expect((await world.post(`/admin/approvals/${id}/decide`, fields)).status).toBe(303);
  const { rows } = await world.ledger.listPromises({ stream: `click:${id}`, limit: 5 });
  expect(await world.ledger.promisePayload({ id: rows[0]?.id ?? "" })).toMatchObject({
    kind: "approval.click",
    decision: {
      args: ["resolve", id, "approved", "U0ADA0001"],
      click: { via: "admin", fingerprint: { args: `args-${id}`, context: `context-${id}` } },
    },
  });
  expect(await lastAudit("admin.approval.decide")).toMatchObject({
    target: id,
    decision: "done",
    actor: "ada@acme.dev",
  });
  expect(JSON.parse(await text(`/admin/approvals/${id}/receipt`))).toMatchObject({ approval: { id } });
});

it("says why an admin may not decide, and refuses one who tries all the same, on record", async () => {
  const id = world.approvalId;
  const headers = { "x-vouch-user": "stranger@acme.dev" };
  const page = await (await world.get(`/admin/approvals/${id}`, headers)).text();
  expect(page).toContain("disabled");
  expect(page).toContain("no Slack id in thor.json");
  const csrf = /name="_csrf" value="([^"]+)"/.exec(page)?.[1] ?? "";
  const fields = { _csrf: csrf, decision: "approved", args: `args-${id}`, context: `context-${id}`, confirmed: "1" };
  expect((await world.post(`/admin/approvals/${id}/decide`, fields, headers)).status).toBe(409);
  expect(await lastAudit("admin.approval.decide")).toMatchObject({ actor: "stranger@acme.dev", decision: "refused" });
});

it("fires a line now, pauses it and shows a faulty one with its place", async () => {
  const { lineHash } = world;
  const list = await text("/admin/schedules");
  expect(list).toContain("hour 25 is over 23");
  expect(list).toContain("at 09:00 on weekdays");
  expect((await world.post(`/admin/schedules/${lineHash}/run`, {})).status).toBe(303);
  expect(await world.ledger.waitingScheduleRuns()).toMatchObject([{ lineHash, requestedBy: "ada@acme.dev" }]);
  expect((await world.post(`/admin/schedules/${lineHash}/pause`, {})).status).toBe(303);
  expect(await world.ledger.pausedSchedules()).toEqual([lineHash]);
  expect(await text("/admin/schedules")).toContain("paused");
  expect((await world.post("/admin/schedules/hash-of-a-fault/run", {})).status).toBe(404);
  expect(await lastAudit("admin.schedule.pause")).toMatchObject({ target: lineHash, decision: "done" });
});
