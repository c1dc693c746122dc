import { expect, it } from "vitest";

import { readConfig } from "./config.ts";

const secret = "s".repeat(32);

it("takes Slack whole or not at all, and names what is missing without a value", () => {
  expect(readConfig({ THOR_INTERNAL_SECRET: secret }).slack).toBeUndefined();
  const half = () => readConfig({ THOR_INTERNAL_SECRET: secret, SLACK_BOT_TOKEN: "xoxb-private" });
  expect(half).toThrow(/SLACK_SIGNING_SECRET[^]*SLACK_DEFAULT_REPO/);
  expect(half).not.toThrow(/xoxb-private/);
});

it("takes GitHub whole or not at all, and knows its App by a lower-case name", () => {
  expect(readConfig({ THOR_INTERNAL_SECRET: secret }).github).toBeUndefined();
  const half = () => readConfig({ THOR_INTERNAL_SECRET: secret, GITHUB_WEBHOOK_SECRET: "hook-private" });
  expect(half).toThrow(/GITHUB_APP_SLUG[^]*GITHUB_APP_BOT_ID/);
  expect(half).not.toThrow(/hook-private/);
  const app = { GITHUB_APP_SLUG: "Thor", GITHUB_APP_BOT_ID: "7", GITHUB_WEBHOOK_SECRET: "x", REMOTE_CLI_PORT: "9" };
  const config = readConfig({ THOR_INTERNAL_SECRET: secret, ...app });
  expect([config.github?.me, config.remoteCliUrl]).toEqual([{ slug: "thor", botId: 7 }, "http://remote-cli:9"]);
});

it("derives the places of ledger and thor.json from the workspace", () => {
  const config = readConfig({ THOR_INTERNAL_SECRET: secret, THOR_WORKSPACE_DIR: "/w" });
  expect([config.databaseUrl, config.configPath]).toEqual(["sqlite:/w/data/thor.db", "/w/config/thor.json"]);
});
