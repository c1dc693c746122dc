/** kill -9 of remote-cli while a click is on its way: whoever comes after carries it to its end. */
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { ask, createVictim, fired, insist, ran } from "./approval-victim.ts";
import { openApprovalWorld } from "./approval-world.ts";

it("carries a click to its end after death before the vote, and after the vote", async () => {
  const world = await openApprovalWorld();
  const victim = await createVictim(world);
  const early = await ask(world, "before the vote");
  await world.sim.fault("users.info", { hang: true }, { times: 1 });
  void world.post(early.body).catch(() => undefined);
  await eventually("the voter is looked up", async () => (await fired(world)) === 1);
  await victim.kill();
  expect(await world.record(early.id)).toMatchObject({ state: "pending", votes: [] });
  await victim.start();
  expect(await insist(world, early.body)).toEqual({ kind: "final", state: "done" });
  expect(await ran(world, "before the vote")).toBe(1);

  const late = await ask(world, "after the vote");
  await victim.kill();
  await victim.start();
  await world.sim.fault("initialize", { hang: true });
  void world.post(late.body).catch(() => undefined);
  await eventually("the vote is stored", async () => (await world.record(late.id)).votes.length === 1);
  await victim.kill();
  expect(await world.record(late.id)).toMatchObject({ state: "pending" });
  await world.sim.send("DELETE", "/_sim/faults");
  await victim.start();
  expect(await insist(world, late.body)).toEqual({ kind: "final", state: "done" });
  expect(await ran(world, "after the vote")).toBe(1);
  expect((await world.outcomes()).filter(({ actionId }) => actionId === late.id)).toHaveLength(1);
}, 120_000);
