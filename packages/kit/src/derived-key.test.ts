import { expect, it } from "vitest";

import { deriveKey, isSameSecret } from "./derived-key.ts";

it("derives a different 32-byte key for each use of one secret", () => {
  const audit = deriveKey("s".repeat(32), "thor", "audit");
  expect(audit).toHaveLength(32);
  expect(audit.equals(deriveKey("s".repeat(32), "thor", "session-token"))).toBe(false);
  expect(audit.equals(deriveKey("s".repeat(32), "thor", "audit"))).toBe(true);
});

it("never accepts an empty secret, a prefix or a longer text", () => {
  expect(isSameSecret("", "")).toBe(false);
  expect(isSameSecret("abc", "abcd")).toBe(false);
  expect(isSameSecret("abcd", "abcd")).toBe(true);
});
