import * as fc from "fast-check";
import { expect, it } from "vitest";

import { cardBody, endedCard, fileText, needsFile, openCard, type CardFacts } from "./card.ts";
import { visible } from "./visible.ts";

const facts = (args: CardFacts["args"], fields: string[] = ["summary"]): CardFacts => ({
  id: "0199-a",
  tool: "createJiraIssue",
  targetKey: "atlassian:GLOBAL",
  args,
  injected: { cloudId: "cloud-1" },
  authoredArgs: { tool: "mcp", args: [], isRunOpen: true },
  presentation: {
    title: "Create <!channel> issue",
    fields,
    editable: { summary: "x" },
    confirm: false,
    alwaysAsk: false,
  },
  policy: { approvers: ["S0PLATFORM", "@users"], selfApproval: false, quorum: 2, requireReason: "never" },
  requesters: [{ kind: "slack", id: "U0ADA" }],
  argsSha256: "abcdef0123456789",
  expiresAt: 1_700_000_000_000,
  expiresText: "2023-11-14",
  link: "https://thor.example/v/a",
  yes: 1,
});
const open = (given: CardFacts) => JSON.stringify(openCard(given, (action) => `v4:${action}`));
/** What a reader gets back from what the card escapes. */
const unescaped = (text: string) =>
  text
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&")
    .replaceAll(String.raw`\u0060`, "`");

it("shows every character of every argument, on the card or in its file", () => {
  fc.assert(
    fc.property(fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.string({ maxLength: 200 })), (args) => {
      const text = unescaped(cardBody(facts(args)));
      for (const value of Object.values(args)) {
        const shown = [visible(value), visible(JSON.stringify(value).slice(1, -1))].map(unescaped);
        expect(shown.some((form) => text.includes(form))).toBe(true);
      }
    }),
  );
});

it("lets no argument notify, format, hide or leave its block", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (value) => {
      const text = cardBody(facts({ summary: value, other: value }));
      expect(text.replaceAll(/^```$/gm, "")).not.toContain("`");
      expect(text).not.toMatch(/<|>/);
      expect(visible(text)).toBe(text);
    }),
  );
  expect(open(facts({ summary: "a\u200b\u202eb" }))).toContain(String.raw`a\\u{200b}\\u{202e}b`);
  expect(open(facts({}))).toContain("No arguments provided.");
});

it("puts what does not fit into a mandatory file, whole", () => {
  const body = "line\n".repeat(1138);
  const long = facts({ summary: body });
  expect(needsFile(long)).toBe(true);
  expect(fileText(long)).toContain(body.trimEnd());
  expect(open(long)).toContain("approval-createJiraIssue-0199-a.md");
  expect(open(long)).not.toContain("line\\nline");
});

it("says who may decide, and offers a standing permission only where one is possible", () => {
  const text = open(facts({}));
  expect(text).toContain("2 approvals (1 so far) from <!subteam^S0PLATFORM>, @users, not the requester");
  expect(text).toContain("Create &lt;!channel&gt; issue");
  expect(text).not.toContain("allow this tool");
  const granting = facts({});
  granting.policy.grantMs = 1_800_000;
  expect(open(granting)).toContain("Approve and allow this tool here for 30 min");
});

it("keeps the body and loses its buttons at the end", () => {
  const text = JSON.stringify(endedCard(facts({ summary: "s" }), { sign: "✅", text: "Approved by <@U1>" }));
  expect(text).toContain("Approved by <@U1>");
  expect(text).toContain("*summary*");
  expect(text).not.toContain('"actions"');
});
