import { expect, it } from "vitest";

import { isolationFault } from "./isolation.ts";

it("lets a real model start only with a cell, or when a person accepts to have none", () => {
  expect(isolationFault("real", "off", false)).toContain("--unisolated");
  expect(isolationFault("real", "off", true)).toBeUndefined();
  expect(isolationFault("real", "on", false)).toBeUndefined();
  expect(isolationFault("simulated", "off", false)).toBeUndefined();
});
