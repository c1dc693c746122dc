import { readFileSync, writeFileSync } from "node:fs";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { expect, it } from "vitest";

import { writeCrontab } from "../src/start/first-run.ts";
import { layoutOf, makeLayout } from "../src/start/layout.ts";

const github = {
  gitUrl: "https://localhost:1",
  apiUrl: "https://localhost:2",
  pageUrl: "http://localhost:3",
  owner: "acme",
  repo: "demo",
  appId: 1,
  appSlug: "thor",
  botId: 2,
  installationId: 3,
  privateKeyFile: "/k",
  caFile: "/c",
};

it("writes a crontab whose only job is switched off, and never over one that is there", () => {
  const layout = layoutOf(tempDir());
  makeLayout(layout);
  writeCrontab({ layout }, { github });
  const lines = readFileSync(layout.crontab, "utf8").split("\n");
  expect(lines.every((line) => line === "" || line.startsWith("#"))).toBe(true);
  expect(lines.some((line) => line.includes(`hey-thor --dir ${layout.repos}/demo -- "`))).toBe(true);
  writeFileSync(layout.crontab, "mine");
  writeCrontab({ layout }, { github });
  expect(readFileSync(layout.crontab, "utf8")).toBe("mine");
});
