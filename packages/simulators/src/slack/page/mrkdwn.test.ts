import { expect, it } from "vitest";

import { mrkdwn } from "./mrkdwn.ts";

const naming = { nameOf: (id: string) => (id === "U1" ? "alice" : id), linkTo: (url: string) => url };
const shown = (text: string) => mrkdwn(text, naming).markup;

it("shows emphasis, code, mentions and links", () => {
  expect(shown("*b* _i_ ~s~ `c` <@U1>")).toBe(
    '<div class="text"><strong>b</strong> <em>i</em> <s>s</s> <code>c</code> <span class="mention">@alice</span><br /></div>',
  );
  expect(shown("<https://acme.test/a?b=1&amp;c=2|here>")).toContain('href="https://acme.test/a?b=1&amp;c=2"');
  expect(shown("```\nx < y\n```")).toContain("<pre>x &lt; y\n</pre>");
});

it.each([
  "<script>alert(1)</script>",
  "<javascript:alert(1)|click>",
  '<https://x.test/"onmouseover="alert(1)|x>',
  "`<img src=x onerror=alert(1)>`",
  "*<svg/onload=alert(1)>*",
  "```<iframe src=//evil>```",
])("shows %s as text", (text) => {
  const markup = shown(text);
  expect(markup).not.toMatch(/<(script|img|svg|iframe)|href="javascript|"\s*onmouseover="/i);
});
