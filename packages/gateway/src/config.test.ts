import { expect, it } from "vitest";

import { readConfig } from "./config.ts";

const secret = "s".repeat(32);

it("takes Slack whole or not at all, and names what is missing without a value", () => {
  expect(readConfig({ THOR_INTERNAL_SECRET: secret }).slack).toBeUndefined();
  const half = () => readConfig({ THOR_INTERNAL_SECRET: secret, SLACK_BOT_TOKEN: "xoxb-private" });
  expect(half).toThrow(/SLACK_SIGNING_SECRET[^]*SLACK_DEFAULT_REPO/);
  expect(half).not.toThrow(/xoxb-private/);
});

it("derives the places of ledger and thor.json from the workspace", () => {
  const config = readConfig({ THOR_INTERNAL_SECRET: secret, THOR_WORKSPACE_DIR: "/w" });
  expect([config.databaseUrl, config.configPath]).toEqual(["sqlite:/w/data/thor.db", "/w/config/thor.json"]);
});
