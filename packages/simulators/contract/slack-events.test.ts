import { createServer, Server } from "node:http";

import { App, HTTPReceiver, LogLevel } from "@slack/bolt";
import { afterEach, expect, it, vi } from "vitest";
import { z } from "zod";

import { startSimulators, type RunningSimulators } from "../src/start.ts";
import { actIn, Deliveries, getJson, moveClock, planFaults } from "./sim-client.ts";

const signingSecret = "contract-signing-secret-0123456789abcdef";
const botToken = "xoxb-sim-contract-token";

interface Heard {
  type: string;
  text?: string | undefined;
  channel?: string | undefined;
}
interface Hook {
  url: string;
  hits: { headers: Record<string, unknown>; body: string }[];
  close: () => void;
}

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function start(eventsUrl: string, retryDelaysMs = [0, 60_000, 300_000]): Promise<RunningSimulators> {
  const sim = await startSimulators({ slack: { eventsUrl, signingSecret, botToken, retryDelaysMs } });
  closers.push(() => sim.close());
  return sim;
}

const act = (sim: RunningSimulators, deed: object) => actIn(sim.facts.url, deed);
const clock = (sim: RunningSimulators, advance: string) => moveClock(sim.facts.url, { advance });
const deliveriesOf = (sim: RunningSimulators) => getJson(`${sim.facts.url}/_sim/slack/deliveries`, Deliveries);

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  return address.port;
}

async function hook(answer: (hit: number) => number): Promise<Hook> {
  const hits: Hook["hits"] = [];
  const server: Server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk) => (body += String(chunk)));
    request.on("end", () => {
      hits.push({ headers: request.headers, body });
      response.statusCode = answer(hits.length);
      response.end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const port = portOf(server);
  const made = { url: `http://127.0.0.1:${port}`, hits, close: () => server.close() };
  closers.push(made.close);
  return made;
}

/** A real Bolt app whose API calls go to the simulator once that runs. */
async function boltApp() {
  const heard: Heard[] = [];
  const receiver = new HTTPReceiver({ signingSecret, port: 0, endpoints: "/events", logLevel: LogLevel.ERROR });
  const authorize = () => Promise.resolve({ botToken, botId: "B0THORBOT1", botUserId: "U0THORBOT1" });
  const app = new App({ receiver, authorize, logLevel: LogLevel.ERROR });
  app.event("app_mention", ({ event }) =>
    Promise.resolve(void heard.push({ type: "app_mention", text: event.text, channel: event.channel })),
  );
  app.event("message", ({ event }) =>
    Promise.resolve(void heard.push({ type: `message:${event.subtype ?? ""}`, channel: event.channel })),
  );
  app.event("reaction_added", ({ event }) =>
    Promise.resolve(void heard.push({ type: "reaction_added", text: event.reaction })),
  );
  const server = await app.start(0);
  if (!(server instanceof Server)) throw new Error("Bolt serves something else than HTTP");
  closers.push(() => app.stop());
  return { heard, url: `http://127.0.0.1:${portOf(server)}/events` };
}

it("is understood by a Bolt app: a mention arrives as both copies, a reaction and an edit as theirs", async () => {
  const { heard, url } = await boltApp();
  const sim = await start(url);
  const { ts } = await act(sim, { do: "say", text: "@thor hello" });
  await act(sim, { do: "react", ts, name: "eyes" });
  await act(sim, { do: "edit", ts, text: "@thor hello again" });
  await vi.waitFor(() => expect(heard).toHaveLength(4), 5000);
  expect(heard.map(({ type }) => type).toSorted()).toEqual([
    "app_mention",
    "message:",
    "message:message_changed",
    "reaction_added",
  ]);
  expect(heard.find(({ type }) => type === "app_mention")?.text).toBe("<@U0THORBOT1> hello");
});

it("is refused by a Bolt app when a fault forges the signature", async () => {
  const { heard, url } = await boltApp();
  const sim = await start(url, []);
  const faults = [{ id: "forged", match: { direction: "out" }, do: { badSignature: true } }];
  await planFaults(sim.facts.url, faults);
  await act(sim, { do: "say", text: "forged" });
  const states = () => deliveriesOf(sim);
  await vi.waitFor(async () => expect((await states())[0]?.state).toBe("failed"), 5000);
  expect((await states())[0]?.attempts[0]?.status).toBe(401);
  expect(heard).toEqual([]);
});

it("retries an unanswered delivery three times by its own clock, with Slack's headers", async () => {
  const { url, hits } = await hook(() => 500);
  const sim = await start(url);
  await act(sim, { do: "say", text: "nobody answers" });
  await vi.waitFor(() => expect(hits).toHaveLength(2), 5000);
  await clock(sim, "61s");
  await vi.waitFor(() => expect(hits).toHaveLength(3), 5000);
  await clock(sim, "301s");
  await vi.waitFor(() => expect(hits).toHaveLength(4), 5000);
  await clock(sim, "1h");
  expect(hits.map(({ headers }) => headers["x-slack-retry-num"])).toEqual([undefined, "1", "2", "3"]);
  expect(hits.at(-1)?.headers["x-slack-retry-reason"]).toBe("http_error");
  expect(new Set(hits.map(({ body }) => body)).size).toBe(1);
});

it("sends nothing again once it was answered", async () => {
  const { url, hits } = await hook((hit) => (hit === 1 ? 503 : 200));
  const sim = await start(url);
  await act(sim, { do: "say", text: "second time lucky" });
  await vi.waitFor(() => expect(hits).toHaveLength(2), 5000);
  await clock(sim, "1h");
  const deliveries = await deliveriesOf(sim);
  expect(deliveries.map(({ state }) => state)).toEqual(["delivered"]);
  expect(hits).toHaveLength(2);
});

it("duplicates a delivery by plan, under one event id", async () => {
  const { url, hits } = await hook(() => 200);
  const sim = await start(url);
  const faults = [
    { id: "twice", match: { direction: "out", method: "message" }, do: { duplicate: { copies: 2 } }, times: 1 },
  ];
  await planFaults(sim.facts.url, faults);
  await act(sim, { do: "say", text: "thrice" });
  await vi.waitFor(() => expect(hits).toHaveLength(3), 5000);
  expect(
    new Set(hits.map(({ body }) => z.object({ event_id: z.string() }).parse(JSON.parse(body)).event_id)).size,
  ).toBe(1);
});
