import { join } from "node:path";
/** Evidence, use, egress, system: what is shown is what is recorded, and what is changed is proven. */

import { eventually } from "@thor/kit/testing/eventually";
import { tamperWithAudit } from "@thor/ledger/testing/tamper";
import { afterAll, beforeAll, expect, it } from "vitest";

import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const text = async (path: string) => (await world.get(path)).text();
const lastAudit = async (event: string) => (await world.ledger.auditPage({ event, limit: 1 })).rows[0];

it("shows the record by filter and one row of it with its place in the chain", async () => {
  const list = await text("/admin/audit?event=approval.&days=7");
  expect(list).toContain("approval.created");
  expect(list).not.toContain("alias.");
  const row = await lastAudit("approval.created");
  expect(await text(`/admin/audit/${row?.seq}`)).toContain(row?.hash);
  expect(await text("/admin/audit?text=nothing-like-it")).toContain("No entries for these filters.");
  expect(await text("/admin/audit?text=x&days=")).toContain("last 31 days only");
  expect((await world.get("/admin/audit/999999")).status).toBe(404);
});

it("exports every row in order, on record", async () => {
  const lines = (await text("/admin/audit/export?from=0&format=ndjson")).trim().split("\n");
  const seqs = lines.map((line) => (/"seq":(\d+)/.exec(line) ?? [])[1]);
  expect(seqs).toEqual(lines.map((_, at) => String(at + 1)));
  expect(lines[0]).toContain('"prev_hash"');
  expect((await text("/admin/audit/export?from=0&format=csv")).split("\r\n")[0]).toContain("seq,at,service,event");
  expect(await lastAudit("admin.export")).toMatchObject({ target: "/admin/audit/export", actor: "ada@acme.dev" });
});

it("walks the chain, finds one changed word in it, and says so on the overview", async () => {
  const { seq, hash } = await world.ledger.auditHead();
  expect((await world.post("/admin/audit/verify", { expect: `${seq}:${hash}` })).status).toBe(303);
  await eventually("the result", async () => (await text("/admin/audit")).includes("intact") || undefined);
  expect((await world.post("/admin/audit/verify", { expect: "nonsense" })).status).toBe(400);
  tamperWithAudit(join(world.place, "data/thor.db"), 2);
  expect((await world.post("/admin/audit/verify", {})).status).toBe(303);
  await eventually("the break", async () => (await text("/admin/audit")).includes("Broken at row 2") || undefined);
  expect(await text("/admin")).toContain("The audit chain is broken at row 2");
});

it("sums use to what the runs recorded, in bars, in their table and as a file", async () => {
  const page = await text("/admin/usage?by=model&metric=cost&days=7");
  expect(page).toContain("demo/large");
  expect(page).toContain('role="img"');
  expect(page.match(/\$0\.750/g)?.length).toBeGreaterThanOrEqual(3);
  const csv = await text("/admin/usage.csv?by=model&days=7");
  expect(csv).toMatch(/,demo\/large,1,\d+,\d+,\d+,0,0\.75,0,/);
  expect(await text("/admin/usage?by=nonsense&days=5")).toContain("Per day");
});

it("lists what was stopped at the door, proposes the smallest rule as a change to be reviewed, and hides what is dismissed", async () => {
  const blocked = {
    at: Date.now(),
    host: "api.x.example",
    reason: "host_not_allowed",
    sample: "GET /v1/things",
    tries: 3,
  };
  await world.ledger.recordEgress({ allowed: [], blocked: [blocked] });
  expect(await text("/admin/egress")).toContain("api.x.example");
  expect(await text("/admin")).toContain("1 host newly blocked");
  const review = await world.post("/admin/egress/propose", { host: blocked.host, sample: blocked.sample });
  const page = await review.text();
  expect([review.status, page.includes("Save thor.json"), page.includes("/v1")]).toEqual([200, true, true]);
  const dismiss = { host: blocked.host, why: blocked.reason, confirmed: "1", reason: "not needed" };
  expect((await world.post("/admin/egress/dismiss", dismiss)).status).toBe(303);
  expect(await text("/admin/egress")).not.toContain("api.x.example");
  expect(await lastAudit("admin.egress.dismiss")).toMatchObject({ target: "api.x.example", reason: "not needed" });
  await world.ledger.recordEgress({ allowed: [], blocked: [{ ...blocked, sample: "POST /v2" }] });
  expect(await text("/admin/egress")).toContain("api.x.example");
});

it("shows who is alive, holds everything new with a reason, and lets it go", async () => {
  const page = await text("/admin/system");
  expect(page).toContain("gateway");
  expect(page).toContain("Doctor has not run yet.");
  const check = { group: "disk", name: "room", result: "failing", says: "5 % are free", fix: "Remove old backups." };
  await world.ledger.recordDoctor({ by: "doctor", ok: false, checks: [check] });
  expect(await text("/admin/system")).toContain("Remove old backups.");
  expect(await text("/admin")).toContain("1 check of the doctor fails");
  expect((await world.post("/admin/system/pause", { confirmed: "1", reason: "" })).status).toBe(400);
  expect((await world.post("/admin/system/pause", { confirmed: "1", reason: "maintenance" })).status).toBe(303);
  expect(await world.ledger.dispatchPaused()).toBe(true);
  expect(await text("/admin/usage")).toContain("Dispatch is paused");
  expect((await world.post("/admin/system/resume", {})).status).toBe(303);
  expect(await world.ledger.dispatchPaused()).toBe(false);
  expect(await lastAudit("admin.dispatch.pause")).toMatchObject({ reason: "maintenance", decision: "done" });
});

it("shows an integration's tools and drift", async () => {
  const tools = [{ tool: "createJiraIssue", tier: "approve", schemaDigest: "abc", seenUpstreamAt: Date.now() }];
  await world.ledger.recordIntegration({
    integration: "atlassian",
    state: "drift",
    drift: ["getIssue is gone"],
    tools,
  });
  expect(await text("/admin/integrations")).toContain("atlassian");
  const page = await text("/admin/integrations/atlassian");
  expect(page).toContain("getIssue is gone");
  expect(page).toContain("createJiraIssue");
  expect(await text("/admin")).toContain("offers other tools");
});

it("asks nobody about a call in no conversation, and says when remote-cli does not answer, on record", async () => {
  const lost = await world.post("/admin/policy", { tool: "git", args: "push\n--force", anchor: "0000000" });
  expect(lost.status).toBe(400);
  const asked = await world.post("/admin/policy", {
    tool: "git",
    args: "push\n--force",
    anchor: world.running.anchorId,
  });
  expect([asked.status, (await asked.text()).includes("--force")]).toEqual([502, true]);
  const row = await lastAudit("admin.policy.explain");
  expect(row).toMatchObject({ target: "git", decision: "failed" });
  expect(JSON.stringify(row)).not.toContain("--force");
});
