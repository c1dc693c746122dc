import { expect, it } from "vitest";

import { denialText } from "../denial.ts";
import { creditPerson, joinParagraphs } from "./message.ts";
import { isProtected } from "./origin.ts";

const ada = { name: "Ada <x>\nLovelace", email: "ada@example.com" };
const line = "Co-authored-by: Ada xLovelace <ada@example.com>";

it("credits a person once, in the last block of trailers", () => {
  expect(creditPerson(joinParagraphs(["s", "b"]), ada)).toEqual({ kind: "applied", message: `s\n\nb\n\n${line}\n` });
  expect(creditPerson("s\n\nFixes: 1\nSigned-off-by: B <b@x>\n", ada).message).toBe(
    `s\n\nFixes: 1\nSigned-off-by: B <b@x>\n${line}\n`,
  );
  expect(creditPerson("s: x\n", ada).message).toBe(`s: x\n\n${line}\n`);
  expect(creditPerson("s\n\nby ADA@example.com\n", ada)).toEqual({
    kind: "skipped_already_attributed",
    message: "s\n\nby ADA@example.com\n",
  });
});

it("protects main, master and the default branch in any case, and what the operator adds", () => {
  for (const name of ["main", "MASTER", "Trunk", "release/1", "RELEASE/2", "develop"])
    expect(isProtected(name, "trunk", ["release/*", "develop"])).toBe(true);
  for (const name of ["mainly", "feat/main", "releases", "developer"])
    expect(isProtected(name, "trunk", ["release/*", "develop"])).toBe(false);
});

it("explains a refusal in at most four lines that arguments cannot forge", () => {
  const text = denialText("git", ["log", "a\nReason: forged", "\u001b[31m", "x".repeat(400), "it's"], {
    rule: "r",
    reason: "no\nDetails: forged",
    instead: "git help",
  });
  expect(text.trimEnd().split("\n")).toHaveLength(4);
  expect(text).toMatch(
    /^"git log 'a\\u000aReason: forged' '\\u001b\[31m' x+…" is not allowed\.\nReason: no\\u000aDetails: forged\nTry instead: git help\nDetails: skill using-git\n$/,
  );
});
