/** kill -9 of remote-cli between a click and its outcome: whenever it dies, the action runs at most once and its end is told. */
import { eventually } from "@thor/kit/testing/eventually";
import { expect, it } from "vitest";

import { ask, createVictim, fired, insist, ran } from "./approval-victim.ts";
import { openApprovalWorld } from "./approval-world.ts";

it("runs at most once wherever it is killed, never repeats what it may have sent, and says what is not known", async () => {
  const world = await openApprovalWorld();
  const victim = await createVictim(world);
  const sent = await ask(world, "while it runs");
  await world.sim.fault("tools/call createJiraIssue", { delay: 60_000 });
  void world.post(sent.body).catch(() => undefined);
  await eventually("it is marked and sent", async () => (await fired(world)) === 1);
  expect(await world.record(sent.id)).toMatchObject({ state: "executing" });
  await victim.kill();
  await world.sim.send("DELETE", "/_sim/faults");
  await victim.start();
  expect(await insist(world, sent.body)).toEqual({ kind: "final", state: "failed" });
  expect(await world.record(sent.id)).toMatchObject({ state: "failed", sideEffect: "unknown" });
  expect(await ran(world, "while it runs")).toBeLessThanOrEqual(1);
  expect(await world.outcomes()).toMatchObject([
    { actionId: sent.id, decision: "approved", state: "failed", resolutionSideEffectAttempted: true },
  ]);
  const settle = { act: "settle", id: sent.id, happened: true, by: "op@example.com", reason: "SHOP-7 is there" };
  const steer = async (body: object) => JSON.parse((await world.internal("/internal/approval", body)).text);
  expect(await steer({ ...settle, reason: "" })).toMatchObject({ exitCode: 1 });
  expect(await steer(settle)).toEqual({ kind: "done" });
  expect(await steer({ ...settle, happened: false })).toMatchObject({ kind: "refused" });
  expect(await world.record(sent.id)).toMatchObject({ state: "failed", sideEffect: "unknown" });
  expect((await world.outcomes()).filter(({ why }) => why === "settled")).toMatchObject([
    { actionId: sent.id, reason: "op@example.com looked: it happened. SHOP-7 is there" },
  ]);
  const audit = await world.ledger.auditPage({ event: "approval.settled", limit: 5 });
  expect(audit.rows).toMatchObject([{ actorKind: "admin", actor: "op@example.com", decision: "settled" }]);
  for (const afterMs of [5, 25]) {
    const { id, body } = await ask(world, `after ${afterMs}`);
    void world.post(body).catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, afterMs));
    await victim.kill();
    await victim.start();
    const answer = await insist(world, body);
    const { state, sideEffect } = await world.record(id);
    const times = await ran(world, `after ${afterMs}`);
    expect(answer).toEqual({ kind: "final", state });
    expect([`done attempted 1`, "failed unknown 0", "failed unknown 1", "failed none 0"]).toContain(
      `${state} ${sideEffect} ${times}`,
    );
    expect((await world.outcomes()).filter(({ actionId }) => actionId === id)).toHaveLength(1);
  }
  const isTold = async () => JSON.stringify(await world.messages()).includes("outcome unknown");
  await eventually("the card says so, once the dead process has let go of it", isTold, 45_000);
}, 180_000);
