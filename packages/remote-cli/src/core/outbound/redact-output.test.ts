import * as fc from "fast-check";
import { expect, it } from "vitest";

import { createRedactor, spellingsOf } from "./redact-output.ts";
import { findSecret } from "./secret-scan.ts";

const held = [{ name: "token", value: "s3cret/value+x" }];

it("takes a secret out however the output was cut into chunks, in every usual spelling", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...spellingsOf("s3cret/value+x")),
      fc.array(fc.nat(60), { maxLength: 6 }),
      (spelling, cuts) => {
        const text = `before ${spelling} after`;
        const redactor = createRedactor(() => held);
        const ends = [...cuts.filter((cut) => cut < text.length).toSorted((a, b) => a - b), text.length];
        const shown =
          ends.map((end, at) => redactor.push(text.slice(ends[at - 1] ?? 0, end))).join("") + redactor.end();
        expect(shown).toBe("before [redacted:token] after");
      },
    ),
  );
});

it("leaves all other output as it is", () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 8 }), (chunks) => {
      const redactor = createRedactor(() => held);
      expect(chunks.map((chunk) => redactor.push(chunk)).join("") + redactor.end()).toBe(chunks.join(""));
    }),
  );
});

it.each([
  "ghs_0123456789abcdefghij",
  "-----BEGIN RSA PRIVATE KEY-----",
  "https://ada:pass@example.com/x",
  "s3cret%2Fvalue%2Bx",
])("knows %s as a credential", (text) => {
  expect(findSecret(`look: ${text}`, held)).toBeDefined();
});

it("takes ordinary prose for no credential", () => {
  expect(findSecret("see https://example.com/a:b@c and commit 0123456789abcdef, sk-1", held)).toBeUndefined();
});
