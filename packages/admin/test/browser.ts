/** A real Chromium that stands where the ingress stands: it says who asks, and nothing from elsewhere is loaded. */
import { existsSync } from "node:fs";

import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

import { headersOf } from "./world.ts";

const PLACES = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** Where a Chromium is installed; none: the tests that need one say so and are skipped. */
export const chromiumPath = PLACES.find((path) => existsSync(path));

export const startBrowser = (): Promise<Browser> =>
  chromium.launch({
    executablePath: chromiumPath ?? "",
    args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
  });

export interface Look {
  theme?: "light" | "dark";
  width?: number;
  script?: boolean;
}
export interface Visit {
  page: Page;
  context: BrowserContext;
  /** What the browser complained about. */
  faults: string[];
  /** Addresses that were asked for. */
  asked: string[];
  close: () => Promise<void>;
}

/** Opens a window as a signed-in operator at one width and theme. */
export async function visit(
  browser: Browser,
  url: string,
  { theme = "light", width = 1280, script = true }: Look = {},
): Promise<Visit> {
  const context = await browser.newContext({
    viewport: { width, height: 900 },
    colorScheme: theme,
    javaScriptEnabled: script,
    extraHTTPHeaders: headersOf(),
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  const faults: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") faults.push(message.text());
  });
  page.on("pageerror", (err) => faults.push(err.message));
  page.on("request", (request) => {
    asked.push(request.url());
    if (!request.url().startsWith(url)) faults.push(`asked for ${request.url()}`);
  });
  page.setDefaultTimeout(30_000);
  return { page, context, faults, asked, close: () => context.close() };
}
