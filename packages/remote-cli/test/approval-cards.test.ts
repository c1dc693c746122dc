/** Where cards stand, what reminds of them, and what an operator does about them. */
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";
import { z } from "zod";

import { ALICE, BOB, issue, openApprovalWorld } from "./approval-world.ts";

const OTHER = "C0ENG00001";
const Thread = z.object({
  messages: z.array(z.looseObject({ ts: z.string(), text: z.string(), blocks: z.unknown() })),
});

type World = Awaited<ReturnType<typeof openApprovalWorld>>;
const shown = async (world: World, channel: string, ts: string) =>
  Thread.parse(await (await world.sim.send("GET", `/_sim/slack/thread/${channel}/${ts}`)).json()).messages;

it("routes a card where its rule says, once, points to it from the thread, and reminds there", async () => {
  const world = await openApprovalWorld({
    thorJson: {
      approvals: {
        rules: [{ match: { upstream: "atlassian", tool: "createJiraIssue" }, channel: OTHER, approvers: [BOB] }],
      },
    },
  });
  await world.sim.fault("chat.postMessage", { drop: "after" }, { times: 1 });
  const id = await world.ask();
  await eventually("the card stands", async () => (await world.record(id)).messageTs !== undefined);
  const { channel, messageTs = "" } = await world.record(id);
  expect(channel).toBe(OTHER);
  const posts = (await (await world.sim.send("GET", "/_sim/traffic?sim=slack")).text()).trim().split("\n");
  expect(posts.filter((line) => line.includes(id) && line.includes('"method":"chat.postMessage"')).length).toBe(1);
  expect(await world.ledger.promiseByKey({ dedupeKey: `approval-pointer:${id}` })).toMatchObject({ state: "pending" });
  expect(await world.ledger.promiseByKey({ dedupeKey: `approval-remind:${id}` })).toMatchObject({ state: "pending" });

  const remind = async (name: string) => {
    const payload = { kind: "approval.remind", actionId: id };
    await world.ledger.enqueueOutbox({
      kind: payload.kind,
      stream: `approval:${id}:remind-${name}`,
      dedupeKey: name,
      payload,
    });
    await eventually(
      "the reminder is kept",
      async () => (await world.ledger.promiseByKey({ dedupeKey: name }))?.state === "done",
    );
    return (await shown(world, OTHER, messageTs)).filter(({ text }) => text.includes("Still waiting"));
  };
  expect(await remind("half")).toMatchObject([{ text: expect.stringContaining(`<@${BOB}>`) }]);
  const signed = JSON.stringify((await shown(world, OTHER, messageTs))[0]?.blocks).match(/v4:[^"]+/)?.[0] ?? "";
  const click = await world.clickOf(id, signed, { channel: OTHER });
  expect(await world.post({ args: ["resolve", id, "approved", BOB], click })).toMatchObject({
    answer: { kind: "final", state: "done" },
  });
  expect(await remind("late")).toHaveLength(1);
});

it("reminds of nothing that lapses soon, or that a rule keeps silent about", async () => {
  const world = await openApprovalWorld({
    thorJson: {
      approvals: {
        rules: [
          { match: { upstream: "atlassian", tool: "createJiraIssue" }, expiresAfter: "10m" },
          { match: { upstream: "atlassian", tool: "createConfluencePage" }, remind: false },
        ],
      },
    },
  });
  for (const id of [
    await world.ask(),
    await world.ask(JSON.stringify({ spaceId: "1", title: "T", body: "b" }), "createConfluencePage"),
  ])
    expect(await world.ledger.promiseByKey({ dedupeKey: `approval-remind:${id}` })).toBeUndefined();
});

it("posts a card afresh for an operator, and only the new one counts; takes a request back for them", async () => {
  const world = await openApprovalWorld();
  const steer = async (body: object) => JSON.parse((await world.internal("/internal/approval", body)).text);
  const id = await world.ask();
  const { messageTs: old = "" } = await world.record(id);
  const stale = await world.clickOf(id, await world.value(id, "approval_approve"));
  expect(await steer({ act: "repost", id, by: "op@example.com" })).toEqual({ kind: "done" });
  await eventually("another message is the card", async () => (await world.record(id)).messageTs !== old);
  const isRetired = async () =>
    JSON.stringify((await world.messages()).find(({ ts }) => ts === old)).includes("no longer counts");
  await eventually("the old card is retired", isRetired);
  expect(
    (await world.messages()).filter(({ blocks }) => JSON.stringify(blocks ?? "").includes("approval_approve")),
  ).toHaveLength(1);
  expect(await world.post({ args: ["resolve", id, "approved", BOB], click: stale })).toMatchObject({
    answer: { kind: "refused", rule: "other_message" },
  });
  expect(await world.press(id, ["approved", BOB])).toMatchObject({ answer: { kind: "final", state: "done" } });
  expect(await steer({ act: "repost", id, by: "op@example.com" })).toMatchObject({ kind: "refused" });

  const back = await world.ask(issue({ summary: "Taken back" }));
  expect(await steer({ act: "settle", id: back, happened: true, by: "op@example.com", reason: "x" })).toMatchObject({
    kind: "refused",
  });
  expect(await steer({ act: "withdraw", id: back, by: "op@example.com" })).toEqual({ kind: "done" });
  expect(await world.record(back)).toMatchObject({ state: "rejected", why: "withdrawn" });
  expect((await world.outcomes()).find(({ actionId }) => actionId === back)).toMatchObject({
    reviewer: "op@example.com",
    why: "withdrawn",
  });
  expect(await steer({ act: "withdraw", id: "unknown", by: "op@example.com" })).toMatchObject({ kind: "refused" });
  const agent = await world.send(
    "/internal/approval",
    { act: "withdraw", id: back, by: "x" },
    world.as(world.thread.sessionId),
  );
  expect(agent.status).toBe(401);
  expect(await world.press(back, ["approved", ALICE])).toMatchObject({ answer: { kind: "refused" } });
  expect((await world.sim.calls("createJiraIssue")).length).toBe(1);
});
