import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { tempDir } from "@thor/kit/testing/temp-dir";
import { checkWorkspaceConfig } from "@thor/workspace-config/pure/read";
import { expect, it } from "vitest";

import { writeThorJson } from "../src/start/first-run.ts";
import { layoutOf, makeLayout } from "../src/start/layout.ts";

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
