/** Every page in a real Chromium: no fault, no violation of the policy, none that axe finds, no sideways scroll. */
import { eventually } from "@thor/kit/testing/eventually";
import axeCore from "axe-core";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { chromiumPath, startBrowser, visit, type Look, type Visit } from "./browser.ts";
import { step } from "./fill.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
let browser: Browser;
beforeAll(async () => {
  if (chromiumPath === undefined) return;
  world = await openWorld({ isOnItsOwnOrigin: true });
  browser = await startBrowser();
}, 60_000);
afterAll(async () => {
  await browser?.close();
  await world?.close();
});

const runPath = () => `/admin/conversations/${world.done.anchorId}/runs/${world.done.triggerId}`;
const pages = () => [
  "/admin",
  "/admin/conversations",
  `/admin/conversations/${world.running.anchorId}`,
  runPath(),
  "/admin/queue?tab=dead",
  "/admin/queue?tab=promises",
  `/admin/queue/${world.deadId}`,
  "/admin/approvals",
  `/admin/approvals/${world.approvalId}`,
  "/admin/schedules",
  "/admin/config",
  "/admin/integrations",
  "/admin/policy",
  "/admin/egress",
  "/admin/audit",
  "/admin/usage?by=model",
  "/admin/system",
  "/admin/nowhere",
];

interface AxeResult {
  violations: { id: string; nodes: { html: string }[] }[];
}

/** What axe finds on a page; the policy of the page lets no script in, so it comes in beside it. */
async function axe({ page }: Visit, rules = "{}"): Promise<string[]> {
  const found = await page.evaluate<AxeResult>(
    `(() => { ${axeCore.source}; return axe.run(document, { resultTypes: ["violations"], ...${rules} }); })()`,
  );
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`);
}

const sideways = ({ page }: Visit) =>
  page.evaluate<number>("document.documentElement.scrollWidth - document.documentElement.clientWidth");

/** Opens every page at one look and tells what is wrong with each. */
async function faultsOf(look: Look, rules: string | undefined): Promise<string[]> {
  const seen = await visit(browser, world.url, look);
  const wrong: string[] = [];
  for (const path of pages()) {
    await seen.page.goto(world.url + path, { waitUntil: "load" });
    const said = seen.faults.splice(0).filter((fault) => !(path === "/admin/nowhere" && fault.includes("404")));
    wrong.push(...said.map((fault) => `${path}: ${fault}`));
    if (rules !== undefined) wrong.push(...(await axe(seen, rules)).map((fault) => `${path}: ${fault}`));
    if ((await sideways(seen)) > 0) wrong.push(`${path}: scrolls sideways by ${await sideways(seen)}`);
  }
  await seen.close();
  return wrong;
}

describe.skipIf(chromiumPath === undefined)("in Chromium", () => {
  it("shows every page in light without a fault that the browser or axe can find", async () => {
    expect(await faultsOf({ theme: "light" }, "{}")).toEqual([]);
  });

  it("shows every page in dark, where every word stands out from its ground", async () => {
    expect(await faultsOf({ theme: "dark" }, "{ runOnly: ['color-contrast'] }")).toEqual([]);
  });

  it("would notice a button without a name and words that are too faint", async () => {
    const seen = await visit(browser, world.url);
    await seen.page.goto(`${world.url}/admin`);
    await seen.page.evaluate(
      `document.querySelector("main").insertAdjacentHTML("beforeend", "<button></button><p id=faint>faint</p>");
       document.getElementById("faint").style.color = "#eee"`,
    );
    expect((await axe(seen)).map((fault) => fault.split(":")[0])).toEqual(["button-name", "color-contrast"]);
    await seen.close();
  });

  it("scrolls no page sideways on a phone, where tables read as cards", async () => {
    expect(await faultsOf({ width: 320 }, undefined)).toEqual([]);
    const seen = await visit(browser, world.url, { width: 390 });
    await seen.page.goto(`${world.url}/admin/queue?tab=dead`);
    const label = await seen.page.evaluate<string>(
      'getComputedStyle(document.querySelector("td[data-label=State]"), "::before").content',
    );
    expect(label).toBe('"State"');
    expect(await seen.page.locator("#nav").isVisible()).toBe(false);
    await seen.page.locator("#drawer summary").click();
    expect(await seen.page.locator("#nav").isVisible()).toBe(true);
    await seen.close();
  });

  it("replays a dead letter by clicks, with the script switched off", async () => {
    const seen = await visit(browser, world.url, { script: false });
    const { page } = seen;
    await page.goto(`${world.url}/admin/queue?tab=dead`);
    await page.getByRole("button", { name: "Replay…" }).click();
    await page.getByRole("button", { name: "Replay it" }).click();
    await page.waitForURL(`**/admin/queue/${world.deadId}`);
    expect(await page.getByText("It is ready again.").isVisible()).toBe(true);
    expect((await world.ledger.getEvent({ eventId: world.deadId }))?.state).toBe("ready");
    await seen.close();
  });

  it("grows an open run by its new steps, keeps what is unfolded and selected, and keeps its place after a cut", async () => {
    const { anchorId, triggerId, runFence, sessionId } = world.running;
    const write = (at: number, text: string) =>
      world.ledger.upsertParts({
        triggerId,
        runFence,
        anchorId,
        parts: [step(sessionId, at, { type: "text", state: { text } })],
      });
    const seen = await visit(browser, world.url);
    const { page, context } = seen;
    await page.goto(`${world.url}/admin/conversations/${anchorId}/runs/${triggerId}`);
    await eventually("live", async () => (await page.locator("#live-word").textContent()) === "Live" || undefined);
    const tool = page.locator("#steps details").first();
    await tool.locator("summary").click();
    for (let at = 2; at <= 20; at += 1) await write(at, `step ${at}`);
    await page.getByText("step 20", { exact: true }).waitFor();
    expect(await tool.getAttribute("open")).not.toBeNull();
    await context.setOffline(true);
    await write(3, "step 3 changed");
    await write(21, "step 21");
    await context.setOffline(false);
    await page.getByText("step 21", { exact: true }).waitFor();
    const shown = await page.locator("#steps > li.text .said").allTextContents();
    expect(shown).toEqual(Array.from({ length: 20 }, (_, at) => (at === 1 ? "step 3 changed" : `step ${at + 2}`)));
    expect(seen.faults.filter((fault) => !/ERR_INTERNET_DISCONNECTED|ERR_NETWORK/.test(fault))).toEqual([]);
    await seen.close();
  });

  it("is walked by keys from the overview to a rejection with its reason", async () => {
    const seen = await visit(browser, world.url);
    const { page } = seen;
    await page.goto(`${world.url}/admin`);
    await page.keyboard.press("g");
    await page.keyboard.press("a");
    await page.waitForURL("**/admin/approvals");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/admin/approvals/${world.approvalId}`);
    await page.getByRole("button", { name: "Reject…" }).focus();
    await page.keyboard.press("Enter");
    await page.locator("#reason").focus();
    await page.keyboard.type("not today");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.waitForURL(`**/admin/approvals/${world.approvalId}`);
    const { rows } = await world.ledger.listPromises({ stream: `click:${world.approvalId}`, limit: 5 });
    expect(await world.ledger.promisePayload({ id: rows[0]?.id ?? "" })).toMatchObject({
      decision: { args: ["resolve", world.approvalId, "rejected", "U0ADA0001", "not today"] },
    });
    expect(seen.faults).toEqual([]);
    await seen.close();
  });

  it("names the fault while somebody types, and keeps the text when the page is left", async () => {
    const seen = await visit(browser, world.url);
    const { page } = seen;
    await page.goto(`${world.url}/admin/config`);
    const area = page.locator("textarea.editor");
    await area.fill('{ "usrs": [] }');
    await page.locator("#issues").getByText("Did you mean").waitFor();
    await page.goto(`${world.url}/admin`);
    await page.goto(`${world.url}/admin/config`);
    await page.getByRole("button", { name: "Bring back what you had typed" }).click();
    expect(await area.inputValue()).toBe('{ "usrs": [] }');
    expect(seen.faults).toEqual([]);
    await seen.close();
  });

  it("keeps the chosen theme from the first byte on", async () => {
    const seen = await visit(browser, world.url, { theme: "light" });
    const { page } = seen;
    await page.goto(`${world.url}/admin`);
    await page.locator("#account summary").click();
    await page.locator("select[name=theme]").selectOption("dark");
    await page.waitForURL("**/admin");
    await page.locator('html[data-theme="dark"]').waitFor({ state: "attached" });
    const answer = await page.reload();
    expect(await answer?.text()).toContain('data-theme="dark"');
    await seen.close();
  });
});
