import { expect, it } from "vitest";

import { redact, redactJson, showHidden } from "./redact.ts";

const random = "aB3dE5fG7hJ9kL1mN3pQ5";

it("takes out what is a credential by its shape, by its name, or by the header it stands in", () => {
  const texts = [
    `token ghp_${"a1B2".repeat(9)}`,
    `api_key = "${random}"`,
    `Authorization: Bearer ${random}`,
    `-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----`,
    `postgres://user:pass@host/db`,
  ];
  for (const text of texts) expect(redact(text)).toContain("[redacted:");
  expect(texts.map(redact).join()).not.toContain(random);
});

it("leaves words alone that only sound like one", () => {
  for (const text of [
    "the secret is to test",
    "token: short",
    "key=aaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "commit 0123456789abcdef0123456789abcdef01234567",
  ])
    expect(redact(text)).toBe(text);
});

it("looks into values, and at the names of fields", () => {
  expect(redactJson({ a: [{ password: random, n: 1 }], b: null })).toEqual({
    a: [{ password: "[redacted:secret]", n: 1 }],
    b: null,
  });
});

it("makes visible what hides or turns text around", () => {
  expect(showHidden("a\u202eb\u200bc\td\n")).toBe("a⟨U+202E⟩b⟨U+200B⟩c\td\n");
});
