/** `pnpm screenshots`: pictures of the pages for docs/images, from the tests' own world. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";

import { startBrowser, visit } from "./browser.ts";
import { openWorld } from "./world.ts";

const FOLDER = process.argv[2] ?? join(import.meta.dirname, "../../../docs/images/admin");
const world = await openWorld({ isOnItsOwnOrigin: true });
const browser = await startBrowser();
mkdirSync(FOLDER, { recursive: true });

const pages = {
  overview: "/admin",
  run: `/admin/conversations/${world.done.anchorId}/runs/${world.done.triggerId}`,
  queue: "/admin/queue?tab=dead",
  approval: `/admin/approvals/${world.approvalId}`,
};
const looks = [
  { width: 1440, theme: "light" as const },
  { width: 1440, theme: "dark" as const },
  { width: 390, theme: "light" as const },
  { width: 390, theme: "dark" as const },
];

for (const look of looks) {
  const { page, close } = await visit(browser, world.url, look);
  for (const [name, path] of Object.entries(pages)) {
    await page.goto(world.url + path);
    await page.screenshot({ path: join(FOLDER, `${name}-${look.width}-${look.theme}.png`) });
  }
  await close();
}
await browser.close();
await world.close();
