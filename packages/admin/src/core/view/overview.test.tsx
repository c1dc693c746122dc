import { expect, it } from "vitest";

import { OverviewPage } from "./overview.tsx";

const empty = { waiting: 0, dead: 0, unsentPromises: 0, failedPromises: 0, runs: [] };

it("says that nothing runs, and shows a run's name as text whatever it holds", () => {
  expect(String(OverviewPage(empty))).toContain("Nothing runs right now.");
  const run = { id: "1", name: "<script>alert(1)</script>", status: "running", elapsedMs: 61_000, tools: 3 };
  const page = String(OverviewPage({ ...empty, runs: [run] }));
  expect(page).toContain("&lt;script>");
  expect(page).not.toContain("<script>");
  expect(page).toContain("1 min");
});
