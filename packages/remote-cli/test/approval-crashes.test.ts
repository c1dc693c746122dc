/** kill -9 of remote-cli between a click and its outcome: whenever it dies, the action runs at most once and its end is told. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { eventually } from "@thor/kit/testing/eventually";
import { expect, it, onTestFinished } from "vitest";

import { BOB, issue, openApprovalWorld } from "./approval-world.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
type World = Awaited<ReturnType<typeof openApprovalWorld>>;

/** remote-cli as a process of its own on the port of the world, whose own one has ended. */
async function createVictim(world: World) {
  await world.service.close();
  let child: ChildProcess | undefined;
  const kill = async () => {
    const dying = child;
    child = undefined;
    if (dying === undefined || dying.exitCode !== null) return;
    const gone = new Promise((resolve) => dying.once("exit", resolve));
    dying.kill("SIGKILL");
    await gone;
  };
  onTestFinished(kill);
  const start = async () => {
    child = spawn(process.execPath, [MAIN], { env: { ...world.variables }, stdio: "ignore" });
    await eventually(
      "remote-cli answers",
      async () => (await fetch(`${world.base}/health`).catch(() => undefined))?.ok,
    );
  };
  await start();
  return { kill, start };
}

/** The same click until there is a definite answer, as the gateway repeats it. */
const insist = (world: World, body: object) =>
  eventually("a definite answer", async () => (await world.post(body).catch(() => undefined))?.answer, 60_000);

async function ask(world: World, summary: string) {
  const id = await world.ask(issue({ summary }));
  const click = await world.clickOf(id, await world.value(id, "approval_approve"));
  return { id, body: { args: ["resolve", id, "approved", BOB], click } };
}
const ran = async (world: World, summary: string) =>
  (await world.sim.calls("createJiraIssue")).filter(({ args }) => args["summary"] === summary).length;

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

it("never repeats what it may have sent, and says that its outcome is not known", async () => {
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
  const isTold = async () => JSON.stringify(await world.messages()).includes("outcome unknown");
  await eventually("the card says so, once the dead process has let go of it", isTold, 45_000);
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
}, 120_000);

it("runs at most once wherever it is killed", async () => {
  const world = await openApprovalWorld();
  const victim = await createVictim(world);
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
}, 180_000);

/** How often the planned misbehaviour has happened. */
async function fired(world: World): Promise<number> {
  const faults: unknown = await (await world.sim.send("GET", "/_sim/faults")).json();
  const [fault] = Array.isArray(faults) ? faults : [];
  return typeof fault === "object" && fault !== null && "fired" in fault ? Number(fault.fired) : 0;
}
