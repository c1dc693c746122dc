import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { checkWorkspaceConfig } from "@thor/workspace-config/pure/read";
import { expect, it } from "vitest";

import { writeCrontab, writeThorJson } from "../src/start/first-run.ts";
import { layoutOf, makeLayout } from "../src/start/layout.ts";

const simulated = {
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
  writeCrontab({ layout }, { github: simulated });
  const lines = readFileSync(layout.crontab, "utf8").split("\n");
  expect(lines.every((line) => line === "" || line.startsWith("#"))).toBe(true);
  expect(lines.some((line) => line.includes(`hey-thor --dir ${layout.repos}/demo -- "`))).toBe(true);
  writeFileSync(layout.crontab, "mine");
  writeCrontab({ layout }, { github: simulated });
  expect(readFileSync(layout.crontab, "utf8")).toBe("mine");
});

it("writes a thor.json that Thor accepts, once, and the schema beside it", () => {
  const layout = layoutOf(join(tempDir(), "t"));
  makeLayout(layout);
  const github = { owner: "acme", installationId: 7 };
  writeThorJson({ layout }, { github });
  const text = readFileSync(layout.configFile, "utf8");
  expect(checkWorkspaceConfig(text)).toEqual({ issues: [], warnings: [] });
  writeThorJson({ layout }, { github: { ...github, owner: "other" } });
  expect(readFileSync(layout.configFile, "utf8")).toBe(text);
  const schema: unknown = JSON.parse(readFileSync(join(dirname(layout.configFile), "thor.schema.json"), "utf8"));
  expect(schema).toMatchObject({ title: "thor.json" });
});
