import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";

import { eventually } from "@thor/kit/testing/eventually";
import { describe, expect, it } from "vitest";
import { z } from "zod";

import { startOwnProcess } from "./own-process.ts";
import { ledgerOf, startWorld, type World } from "./world.ts";

const SECRET = "cron-test-secret-of-at-least-32-characters";
const Body = z.record(z.string(), z.unknown());

const startCronWorld = () => startWorld({ env: { CRON_SECRET: SECRET } });
const demo = (world: World) => join(world.workspace, "repos", "demo");

async function post(world: Pick<World, "url">, body: object, headers: Record<string, string> = {}) {
  const response = await fetch(`${world.url}/cron`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${SECRET}`, ...headers },
    body: JSON.stringify(body),
  });
  return { status: response.status, body: Body.parse(await response.json()) };
}

describe("who may schedule", () => {
  it("refuses a wrong bearer, and says so in other words when no secret is configured", async () => {
    const world = await startCronWorld();
    const ask = { prompt: "p", directory: demo(world) };
    for (const authorization of ["Bearer wrong", SECRET, "", "Basic eA=="]) {
      const refused = await post(world, ask, { authorization });
      expect([refused.status, refused.body]).toEqual([401, { error: "Unauthorized" }]);
    }
    const open = await startWorld();
    const refused = await post(open, ask);
    expect([refused.status, refused.body]).toEqual([401, { error: "CRON_SECRET not configured" }]);
    expect(world.heard).toEqual([]);
  });
});

describe("what may be scheduled", () => {
  it("names the field that cannot be used", async () => {
    const world = await startCronWorld();
    const directory = demo(world);
    symlinkSync("/etc", join(world.workspace, "repos", "out"));
    mkdirSync(join(world.workspace, "elsewhere"));
    const missing = { prompt: "p" };
    const bad: [object, string][] = [
      [missing, "directory"],
      ...[
        "/etc",
        "repos/demo",
        join(directory, "nowhere"),
        join(world.workspace, "repos"),
        `${directory}/../../elsewhere`,
      ]
        .concat(join(world.workspace, "repos", "out"), "/x\0y")
        .map((path): [object, string] => [{ prompt: "p", directory: path }, "directory"]),
      [{ prompt: " ", directory }, "prompt"],
      [{ prompt: "p", directory, correlationKey: "slack:thread:nonsense" }, "correlationKey"],
      [{ prompt: "p", directory, correlationKey: "k".repeat(513) }, "correlationKey"],
    ];
    for (const [body, field] of bad) {
      const refused = await post(world, body);
      expect(refused).toMatchObject({ status: 400, body: { error: "Invalid request", details: [{ path: [field] }] } });
    }
    const keyed = await post(world, { prompt: "p", directory }, { "idempotency-key": "k".repeat(129) });
    expect(keyed).toMatchObject({ status: 400, body: { details: [{ path: ["Idempotency-Key"] }] } });
    expect((await post(world, { prompt: "p".repeat(1024 * 1024), directory })).status).toBe(413);
  });
});

describe("a scheduled prompt", () => {
  it("reaches the runner verbatim, in its own directory, as nobody's words", async () => {
    const world = await startCronWorld();
    mkdirSync(join(demo(world), "docs"));
    const directory = join(demo(world), "docs");
    const accepted = await post(world, { prompt: "Look at `$(date)`\nand report", directory });
    expect(accepted.body).toEqual({
      ok: true,
      correlationKey: expect.stringMatching(/^cron:[0-9a-f]{32}:\d{10}$/),
      eventId: expect.any(String),
    });
    await world.prompts(1);
    const [trigger] = world.heard;
    expect(trigger).toMatchObject({
      prompt: "Look at `$(date)`\nand report",
      directory,
      interrupt: false,
      requesters: [],
      sources: ["cron"],
    });
    expect(trigger).not.toHaveProperty("triggerSlackId");
    expect(trigger).not.toHaveProperty("replyTo");
  });

  it("is two events when it is posted twice, and one when both carry the same Idempotency-Key", async () => {
    const world = await startCronWorld();
    const body = { prompt: "twice", directory: demo(world) };
    const [a, b] = await Promise.all([post(world, body), post(world, body)]);
    expect(a.body["eventId"]).not.toBe(b.body["eventId"]);
    const keyed = { "idempotency-key": "line:1" };
    const first = await post(world, body, keyed);
    const again = await post(world, { ...body, prompt: "changed" }, keyed);
    expect(again.body).toEqual({ ...first.body, duplicate: true });
  });

  it("joins the conversation that its key names, and starts a new one when that one belongs to another repository", async () => {
    const world = await startCronWorld();
    const other = join(world.workspace, "repos", "other");
    mkdirSync(other);
    const correlationKey = "weekly report";
    await post(world, { prompt: "one", directory: demo(world), correlationKey });
    await world.prompts(1);
    const joined = await post(world, { prompt: "two", directory: demo(world), correlationKey });
    const apart = await post(world, { prompt: "three", directory: other, correlationKey });
    expect(joined.body["correlationKey"]).toBe(correlationKey);
    expect(apart.body["correlationKey"]).toMatch(/^cron:/);
    await world.prompts(3);
    const anchorOf = (prompt: string) => world.heard.find((trigger) => trigger.prompt === prompt)?.anchorId;
    expect(anchorOf("two")).toBe(anchorOf("one"));
    expect(anchorOf("three")).not.toBe(anchorOf("one"));
    expect(world.heard.find(({ prompt }) => prompt === "three")?.directory).toBe(other);
  });

  it("dies visibly when its directory is gone before it starts", async () => {
    const world = await startCronWorld();
    const directory = join(world.workspace, "repos", "gone");
    mkdirSync(directory);
    const ledger = await ledgerOf(world);
    world.setRunner(() => ({ status: 200, body: { busy: true } }));
    const admitted = await ledger.admit({
      provider: "cron",
      deliveryKey: "gone",
      eventType: "cron",
      refs: {},
      event: {
        source: "cron",
        kind: "cron.prompt",
        correlationKey: "cron:gone:1",
        bind: "anchor",
        gate: "open",
        human: false,
        urgent: true,
        interrupt: false,
        externalAuthor: false,
        actors: {},
        sourceAt: 1,
        payload: { prompt: "p", repo: "gone", directory: `${directory}-away` },
      },
    });
    const eventId = admitted.kind === "accepted" ? admitted.eventId : "";
    const dead = await eventually("the dead letter", async () => {
      const event = await ledger.getEvent({ eventId });
      return event?.state === "dead" ? event : undefined;
    });
    expect(dead.reason).toContain("directory_missing");
  });
});

describe("many at once", () => {
  it("turns 200 posts, 16 at a time, to a gateway of its own process into 200 triggers", async () => {
    const world = await startCronWorld();
    await world.stop();
    await startOwnProcess(world);
    const waiting = Array.from({ length: 200 }, (_, at) => `job ${at}`);
    const worker = async () => {
      for (let prompt = waiting.pop(); prompt !== undefined; prompt = waiting.pop())
        expect((await post(world, { prompt, directory: demo(world) })).status).toBe(200);
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    const prompts = await world.prompts(200);
    expect(new Set(prompts).size).toBe(200);
    expect(new Set(world.heard.map(({ anchorId }) => anchorId)).size).toBe(200);
  });
});
