import { expect, it } from "vitest";

import { createSignatureCheck, createSigner } from "./signer.ts";

it("proves what the present or an earlier secret signed, for its own use only", () => {
  const signed = createSigner("old secret", "salt", "buttons")("press me");
  const isSigned = createSignatureCheck(["new secret", "old secret"], "salt", "buttons");
  expect(isSigned("press me", signed)).toBe(true);
  expect(isSigned("press me!", signed)).toBe(false);
  expect(isSigned("press me", `${signed}A`)).toBe(false);
  expect(isSigned("press me", "")).toBe(false);
  expect(createSignatureCheck(["new secret"], "salt", "buttons")("press me", signed)).toBe(false);
  expect(createSignatureCheck(["old secret"], "salt", "passes")("press me", signed)).toBe(false);
});
