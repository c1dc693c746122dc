/** Deliveries of the simulated GitHub that nobody took are asked for again with the App's own key. */
import { createServer } from "node:http";

import { eventually } from "@thor/kit/testing/eventually";
import { startSimulators } from "@thor/simulators/start";
import { expect, it, onTestFinished } from "vitest";
import { z } from "zod";

import { simulatedGithub } from "./simulated-github.ts";
import { installedAt, openWorld } from "./world.ts";

const Deliveries = z.array(z.object({ status: z.number().optional(), attempts: z.number() }));

it("asks GitHub to deliver again what was refused, and nothing that was taken", async () => {
  let isUp = false;
  const receiver = createServer((request, response) => {
    request.resume();
    response.writeHead(isUp ? 200 : 502).end();
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void receiver.close());
  const address = receiver.address();
  const port = typeof address === "object" ? address?.port : 0;
  const sim = await startSimulators({ github: { webhookUrl: `http://127.0.0.1:${port}/github/webhook` } });
  onTestFinished(() => sim.close());
  const world = await openWorld(simulatedGithub(sim.facts), installedAt(sim.facts.github.installationId));
  const control = (path: string, body?: object) =>
    fetch(
      sim.facts.url + path,
      body && { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) },
    ).then((response) => response.json());
  const deliveries = async () => Deliveries.parse(await control("/_sim/github/deliveries"));
  const send = async (count: number) => {
    await control("/_sim/github/events", { event: "ping" });
    return eventually("an answer", async () => {
      const rows = await deliveries();
      return rows.length === count && rows.every(({ status }) => status !== undefined);
    });
  };
  await send(1);
  isUp = true;
  await send(2);
  const again = async () => JSON.parse((await world.internal("/internal/github/redeliver", { since: 0 })).text);
  expect(await again()).toEqual({ redelivered: 1 });
  await eventually("both taken", async () => (await deliveries()).every(({ status }) => status === 200));
  expect((await deliveries()).map(({ attempts }) => attempts)).toEqual([2, 1]);
  expect(await again()).toEqual({ redelivered: 0 });
  expect((await world.internal("/internal/github/redeliver", { since: "x" })).status).toBe(400);
});
