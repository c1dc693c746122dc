import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { ALICE, BOB, issue, openApprovalWorld } from "./approval-world.ts";

it("asks with everything that will run, runs it once after a yes, and tells the conversation", async () => {
  const world = await openApprovalWorld();
  const id = await world.ask(issue({ labels: ["a\u202eb"] }));
  expect(await world.sim.calls("createJiraIssue")).toEqual([]);
  const card = JSON.stringify(await world.messages());
  for (const shown of [
    "Create Jira issue: Broken cart",
    "It breaks.",
    "a\\\\u{202e}b",
    "AI-generated",
    "cloudId = cloud-1",
  ])
    expect(card).toContain(shown);
  const approved = await world.press(id, ["approved", BOB]);
  expect(approved).toMatchObject({ status: 200, exitCode: 0, answer: { kind: "final", state: "done" } });
  const [call, ...more] = await world.sim.calls("createJiraIssue");
  expect(more).toEqual([]);
  expect(call?.args).toMatchObject({ cloudId: "cloud-1", summary: "Broken cart", labels: ["a\u202eb"] });
  expect(call?.args["description"]).toMatch(
    /^It breaks\.\n\n---\nAI-generated — verify before acting\. \[View Thor context\]/,
  );
  expect(await world.outcomes()).toMatchObject([{ actionId: id, decision: "approved", reviewer: BOB, state: "done" }]);
  await eventually("the card says so", async () =>
    JSON.stringify(await world.messages()).includes(`Approved by <@${BOB}>`),
  );
  expect(await world.value(id, "approval_approve")).toBe("");
});

it("ends with a no, with its reason, and never runs", async () => {
  const world = await openApprovalWorld();
  const id = await world.ask();
  expect(await world.press(id, ["rejected", BOB], { reason: "not <!channel> now" })).toMatchObject({
    answer: { kind: "final", state: "rejected" },
  });
  expect(await world.outcomes()).toMatchObject([
    { decision: "rejected", why: "reviewer", reason: "not <!channel> now" },
  ]);
  expect(await world.press(id, ["approved", ALICE])).toMatchObject({ answer: { kind: "refused" } });
  expect(await world.sim.calls("createJiraIssue")).toEqual([]);
});
