import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { holdWrites } from "@thor/ledger/testing/faults";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { startWorld, type World } from "./world.ts";

const Sockets = z.object({ open: z.number() });
const Deliveries = z.array(z.object({ state: z.string() }));
const connected = (world: World) =>
  eventually("the socket", async () => Sockets.parse(await world.sim("GET", "/_sim/slack/sockets")).open > 0);
const deliveries = async (world: World) => Deliveries.parse(await world.sim("GET", "/_sim/slack/deliveries"));
const allDelivered = (world: World) =>
  eventually("every delivery is acknowledged", async () => {
    const rows = await deliveries(world);
    return rows.length > 0 && rows.every(({ state }) => state === "delivered");
  });

async function overSocket() {
  const world = await startWorld({ socket: true });
  await connected(world);
  return { world, mention: (text: string) => world.say(`<@${world.facts.botUserId}> ${text}`) };
}

describe("Slack over its socket", () => {
  it("brings mentions without a signing secret, and closes the door for requests", async () => {
    const { world, mention } = await overSocket();
    await mention("over the socket");
    expect((await world.prompts(1))[0]).toContain("over the socket");
    await allDelivered(world);
    const body = world.envelope({ type: "app_mention", text: "forged", ts: "1700000001.000001" });
    expect((await world.post(body, { secret: "" })).status).toBe(401);
    expect((await world.press({})).status).toBe(401);
  });

  it("loses and doubles nothing when the connection is renewed", async () => {
    const { world, mention } = await overSocket();
    await mention("before");
    await world.prompts(1);
    await world.sim("POST", "/_sim/slack/sockets", { send: "cut" });
    await mention("between");
    await connected(world);
    await mention("after");
    const prompts = await world.prompts(3);
    await allDelivered(world);
    for (const word of ["before", "between", "after"])
      expect(prompts.filter((prompt) => prompt.includes(word))).toHaveLength(1);
    expect(world.heard).toHaveLength(3);
  });

  it("acknowledges nothing that was not committed, and handles the copy once", async () => {
    const { world, mention } = await overSocket();
    const release = holdWrites(join(world.workspace, "data/thor.db"));
    await mention("while nothing can be written");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(new Set((await deliveries(world)).map(({ state }) => state))).toEqual(new Set(["pending"]));
    expect(world.heard).toEqual([]);
    release();
    await allDelivered(world);
    await world.prompts(1);
    await mention("later");
    await world.prompts(2);
    expect(world.heard).toHaveLength(2);
  });

  it("handles an envelope that arrives twice once", async () => {
    const { world, mention } = await overSocket();
    const match = { direction: "out", body: { "event.type": "app_mention" } };
    await world.fault([{ id: "twice", match, do: { duplicate: { copies: 2 } } }]);
    await mention("three copies");
    await world.prompts(1);
    await allDelivered(world);
    expect(world.heard).toHaveLength(1);
  });
});
