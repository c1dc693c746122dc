/** Open pages follow the ledger without gap or repeat, whatever happens to their connection. */
import { eventually } from "@thor/kit/testing/eventually";
import { afterAll, beforeAll, expect, it } from "vitest";
import { z } from "zod";

import { openTalk, step, type Talk } from "./fill.ts";
import { openStream, streamOf } from "./sse.ts";
import { openWorld, type World } from "./world.ts";

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world.close());

const runPath = ({ anchorId, triggerId }: Talk) => `/admin/conversations/${anchorId}/runs/${triggerId}`;
const stepsIn = (html: string) =>
  [...html.matchAll(/<li id="step-([^"]+)"[\s\S]*?<p class="said">([^<]*)<\/p>/g)].map(
    ([, id = "", text = ""]) => [id, text] as const,
  );

it("shows a dead letter on an open overview and in its menu, without a reload", async () => {
  const page = await (await world.get("/admin")).text();
  expect(page).toContain("1 dead letter waits");
  const stream = await openStream(world, streamOf(page));
  const { rows } = await world.ledger.listEvents({ state: "dead", limit: 1 });
  await world.ledger.discard({
    items: rows.map(({ id, version }) => ({ id, version })),
    by: "ada@acme.dev",
    reason: "test",
  });
  const seen = await eventually("the message about it", () =>
    stream.messages.find(({ data }) => data.includes('id="attention"')),
  );
  expect(seen.data).toContain('<nav id="nav"');
  expect(seen.data).not.toContain("dead letter");
  await stream.close();
});

it("ends with exactly the ledger's steps after two cuts in the middle of 300 writes", async () => {
  const talk = await openTalk(world.ledger, world.newId, {
    key: "slack:thread:C0WEB/1700000000.000777",
    title: "Many",
  });
  const { anchorId, triggerId, runFence, sessionId } = talk;
  const write = async (from: number, to: number) => {
    for (let at = from; at < to; at += 1) {
      const text = (round: number) => ({ type: "text", state: { text: `step ${at} round ${round}` } });
      const parts = [step(sessionId, at, text(1)), ...(at % 3 === 0 ? [step(sessionId, at - 1, text(2))] : [])];
      await world.ledger.upsertParts({ triggerId, runFence, anchorId, parts });
    }
  };
  const writing = write(1, 301);
  const page = await (await world.get(runPath(talk))).text();
  const shown = new Map<string, string>(stepsIn(page));
  let address = streamOf(page);
  for (let cut = 0; cut < 3; cut += 1) {
    const stream = await openStream(world, address);
    const take = () => {
      for (const { data } of stream.messages) for (const [id, text] of stepsIn(data)) shown.set(id, text);
    };
    if (cut < 2) await eventually("some messages", () => stream.messages.length > cut || undefined);
    else {
      await writing;
      await world.ledger.closeTrigger({ triggerId, runFence, status: "completed" });
      await eventually("the end", () => stream.messages.some(({ event }) => event === "end") || undefined);
    }
    await stream.close();
    take();
    address = address.replace(/after=\d+/, `after=${stream.messages.at(-1)?.id ?? "0"}`);
  }
  const marks = await world.ledger.stepMarks({ triggerId });
  const stored = await world.ledger.stepsById({ triggerId, partIds: marks.map(({ partId }) => partId) });
  expect(stored).toHaveLength(300);
  const Text = z.object({ text: z.string() });
  const texts = stored.map(({ partId, state }) => [partId, Text.parse(state).text] as const);
  expect(new Map(shown)).toEqual(new Map(texts));
});

it("tells a page that was away for too long to fetch itself again", async () => {
  const page = await (await world.get("/admin")).text();
  const stream = await openStream(world, streamOf(page).replace(/after=\d+/, "after=999999999"));
  const [first] = await eventually("the first message", () =>
    stream.messages.length > 0 ? stream.messages : undefined,
  );
  expect(first?.event).toBe("refresh");
  await stream.close();
});

it("opens no stream for who is not signed in, and none for a page that does not exist", async () => {
  expect((await fetch(`${world.url}/admin/stream?page=/admin&after=0`)).status).toBe(401);
  expect((await world.get("/admin/stream?page=/admin/nowhere&after=0")).status).toBe(400);
  expect((await world.get("/admin/stream?page=https://evil.example&after=0")).status).toBe(400);
});
