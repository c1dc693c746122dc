import { expect, it } from "vitest";

import { cronBlock } from "./cron.ts";

const event = (prompt: string) => ({ prompt, repo: "demo", directory: "/w/repos/demo" });

it("gives one prompt as it was written, and several in order under a heading", () => {
  expect(cronBlock([event("a\n\nb")])).toBe("a\n\nb");
  expect(cronBlock([event("one"), event("two")])).toBe("Cron events:\n\none\n\ntwo");
});
