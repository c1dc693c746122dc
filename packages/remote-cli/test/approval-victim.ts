/** A remote-cli that can be killed, and clicks that go on until they are answered. */
import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

import { eventually } from "@thor/kit/testing/eventually";
import { onTestFinished } from "vitest";

import { BOB, issue, type openApprovalWorld } from "./approval-world.ts";

const MAIN = fileURLToPath(new URL("../src/main.ts", import.meta.url));
export type World = Awaited<ReturnType<typeof openApprovalWorld>>;

/** remote-cli as a process of its own on the port of the world, whose own one has ended. */
export async function createVictim(world: World) {
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
export const insist = (world: World, body: object) =>
  eventually("a definite answer", async () => (await world.post(body).catch(() => undefined))?.answer, 60_000);

export async function ask(world: World, summary: string) {
  const id = await world.ask(issue({ summary }));
  const click = await world.clickOf(id, await world.value(id, "approval_approve"));
  return { id, body: { args: ["resolve", id, "approved", BOB], click } };
}
export const ran = async (world: World, summary: string) =>
  (await world.sim.calls("createJiraIssue")).filter(({ args }) => args["summary"] === summary).length;

/** How often the planned misbehaviour has happened. */
export async function fired(world: World): Promise<number> {
  const faults: unknown = await (await world.sim.send("GET", "/_sim/faults")).json();
  const [fault] = Array.isArray(faults) ? faults : [];
  return typeof fault === "object" && fault !== null && "fired" in fault ? Number(fault.fired) : 0;
}
