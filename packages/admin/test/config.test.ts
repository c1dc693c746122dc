/** Editing thor.json: faults by line, a review, nobody's change lost, versions, and a save that counts at once. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { sha256Hex } from "@thor/kit/derived-key";
import { eventually } from "@thor/kit/testing/eventually";
import { silentLog } from "@thor/kit/testing/silent-log";
import { openWorkspaceConfig } from "@thor/workspace-config/loader";
import { afterAll, beforeAll, expect, it } from "vitest";

import { CONFIG_TEXT, openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const path = () => join(world.place, "config/thor.json");
const onDisk = () => readFileSync(path(), "utf8");
const rev = (text: string) => sha256Hex(text).slice(0, 12);
const lastAudit = async (event: string) => (await world.ledger.auditPage({ event, limit: 1 })).rows[0];
const withBudget = (usd: number, text = CONFIG_TEXT) => text.replace(/"usd": 10\b/, `"usd": ${usd}`);

it("names line and column of a fault, suggests a key, refuses a literal token, and saves none of it", async () => {
  const broken = CONFIG_TEXT.replace('"users"', '"usrs"');
  const page = await (await world.post("/admin/config/check", { text: broken })).text();
  expect(page).toMatch(/Line \d+, column \d+/);
  expect(page).toContain("Did you mean");
  const comma = await world.post("/admin/config/review", {
    text: CONFIG_TEXT.replace("],", "]"),
    base: rev(CONFIG_TEXT),
  });
  expect(comma.status).toBe(400);
  expect(await comma.text()).toContain("data-line");
  const literal = `{"mitmproxy": [{"host": "a.example", "headers": {"Authorization": "Bearer ghp_${"a1B2".repeat(9)}"}}]}`;
  const saved = await world.post("/admin/config/save", { text: literal, base: rev(CONFIG_TEXT) });
  expect([saved.status, onDisk()]).toEqual([400, CONFIG_TEXT]);
  expect(await lastAudit("config.rejected")).toMatchObject({ decision: "refused", detail: { kind: "invalid" } });
});

it("reviews in words, saves the very bytes as a version, and a running service takes them up", async () => {
  const view = await openWorkspaceConfig({ path: path(), log: silentLog });
  const text = withBudget(25);
  const review = await (
    await world.post("/admin/config/review", { text: text.replaceAll("\n", "\r\n"), base: rev(CONFIG_TEXT) })
  ).text();
  expect(review).toContain("changed from 10 to 25");
  const saved = await world.post("/admin/config/save", { text, base: rev(CONFIG_TEXT), reason: "more room" });
  expect([saved.status, onDisk()]).toEqual([303, text]);
  const [newest] = await world.ledger.configVersions({ file: "thor.json", limit: 1 });
  expect(newest).toMatchObject({ version: 2, text, author: "ada@acme.dev", origin: "admin", reason: "more room" });
  expect(await lastAudit("config.saved")).toMatchObject({ actor: "ada@acme.dev", decision: "done" });
  await eventually("the new version in force", () => view.version() === rev(text) || undefined);
  await view.close();
});

it("shows the other person's change to the second who saves, with both in one text where they do not touch", async () => {
  const base = onDisk();
  const theirs = base.replace('"Ada L"', '"Ada Lovelace"');
  expect((await world.post("/admin/config/save", { text: theirs, base: rev(base) })).status).toBe(303);
  const mine = base.replace('"usd": 200', '"usd": 300');
  const refused = await world.post("/admin/config/save", { text: mine, base: rev(base) });
  const page = await refused.text();
  expect([refused.status, onDisk()]).toEqual([409, theirs]);
  expect(page).toContain("changed by ada@acme.dev");
  expect(page).toContain("Ada Lovelace");
  expect(page).toContain("300");
  const merged = theirs.replace('"usd": 200', '"usd": 300');
  expect(page).toContain("Review both together");
  expect((await world.post("/admin/config/save", { text: merged, base: rev(theirs) })).status).toBe(303);
  expect(onDisk()).toBe(merged);
});

it("does not write over a change that was made by hand", async () => {
  const base = onDisk();
  writeFileSync(path(), base.replace('"Ada Lovelace"', '"Countess"'));
  const refused = await world.post("/admin/config/save", { text: withBudget(1, base), base: rev(base) });
  expect([refused.status, onDisk().includes("Countess")]).toEqual([409, true]);
});

it("restores an earlier version as a new one with the same bytes", async () => {
  const question = await world.post("/admin/config/versions/1/restore", {});
  expect([question.status, (await question.text()).includes("Save thor.json")]).toEqual([200, true]);
  const saved = await world.post("/admin/config/save", { text: CONFIG_TEXT, base: rev(onDisk()), origin: "restore" });
  expect([saved.status, onDisk()]).toEqual([303, CONFIG_TEXT]);
  const [newest] = await world.ledger.configVersions({ file: "thor.json", limit: 1 });
  expect(newest).toMatchObject({ text: CONFIG_TEXT, origin: "restore" });
  expect(newest?.version).toBeGreaterThan(3);
});

it("says on every page of it when the file on disk is faulty, and lets it be mended", async () => {
  writeFileSync(path(), "{");
  const page = await (await world.get("/admin/config")).text();
  expect(page).toContain("nothing can be approved");
  expect(await (await world.get("/admin")).text()).toContain("thor.json has");
  expect((await world.post("/admin/config/save", { text: CONFIG_TEXT, base: rev("{") })).status).toBe(303);
  expect(onDisk()).toBe(CONFIG_TEXT);
});

it("edits the crontab by the same rules", async () => {
  const text = '0 9 * * * hey-thor "Good morning"\n';
  expect((await world.post("/admin/schedules/edit/save", { text, base: "" })).status).toBe(303);
  expect(readFileSync(join(world.place, "cron/crontab"), "utf8")).toBe(text);
  expect((await world.post("/admin/schedules/edit/save", { text: "", base: "" })).status).toBe(409);
  expect((await world.post("/admin/schedules/edit/save", { text: "\u0007", base: rev(text) })).status).toBe(400);
});
