import { readFileSync } from "node:fs";

import { expect, it } from "vitest";

import { checkWorkspaceConfig } from "../src/pure/read.ts";

const operations = readFileSync(new URL("../../../docs/operations.md", import.meta.url), "utf8");

it("finds nothing wrong with the example that the operations page gives", () => {
  const examples = Array.from(operations.matchAll(/```json\n([^]*?)```/g), ([, text = ""]) => text);
  expect(examples).toHaveLength(1);
  expect(examples.map((text) => checkWorkspaceConfig(text))).toEqual([{ issues: [], warnings: [] }]);
});
