import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { checkWorkspaceConfig } from "../src/pure/read.ts";

const operations = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8");

it("finds nothing wrong with the examples that the operations page gives", () => {
  const examples = Array.from(operations.matchAll(/```json\n([^]*?)```/g), ([, text = ""]) => text);
  expect(examples.length).toBeGreaterThan(0);
  for (const text of examples) expect(checkWorkspaceConfig(text)).toEqual({ issues: [], warnings: [] });
});
