import { SocketModeClient } from "@slack/socket-mode";
import { LogLevel, WebClient } from "@slack/web-api";
import { afterEach, expect, it, vi } from "vitest";
import { z } from "zod";

import { type RunningSimulators, startSimulators } from "../src/start.ts";
import { actIn, Deliveries, getJson, moveClock, Place, planFaults, pressIn, sendJson } from "./sim-client.ts";

const appToken = "xapp-1-A0THORAPP1-0000000000-contract";
const botToken = "xoxb-sim-contract-token";

const Envelope = z.object({
  ack: z.custom<(answer?: object) => Promise<void>>((value) => typeof value === "function"),
  type: z.string(),
  body: z.looseObject({
    event_id: z.string().optional(),
    event: z.looseObject({ text: z.string().optional() }).optional(),
  }),
  retry_num: z.number().optional(),
  retry_reason: z.string().optional(),
});
type Envelope = z.infer<typeof Envelope>;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).toReversed()) await close();
});

async function start(): Promise<RunningSimulators> {
  const sim = await startSimulators({ slack: { socketMode: true, appToken, botToken } });
  closers.push(() => sim.close());
  return sim;
}

/** The official client; `answer` decides what it does with the nth envelope. */
async function connect(sim: RunningSimulators, answer: (envelope: Envelope, nth: number) => unknown) {
  const heard: Envelope[] = [];
  const client = new SocketModeClient({
    appToken,
    clientPingTimeout: 200,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: `${sim.facts.slack.apiUrl}/` },
  });
  client.on("slack_event", (given: unknown) => {
    const envelope = Envelope.parse(given);
    heard.push(envelope);
    answer(envelope, heard.length);
  });
  const connects = vi.fn<() => void>();
  client.on("connected", connects);
  await client.start();
  closers.push(() => client.disconnect());
  return { heard, connects };
}

const ack = ({ ack: send }: Envelope) => send();
const texts = (heard: Envelope[]) => heard.map(({ body }) => body.event?.text);
const say = (sim: RunningSimulators, text: string) => actIn(sim.facts.url, { do: "say", text });
const deliveries = (sim: RunningSimulators) => getJson(`${sim.facts.url}/_sim/slack/deliveries`, Deliveries);
const tell = (sim: RunningSimulators, send: string) =>
  sendJson("POST", `${sim.facts.url}/_sim/slack/sockets`, { send });

it("greets the official client and counts an acknowledged event as delivered", async () => {
  const sim = await start();
  const { heard } = await connect(sim, ack);
  await say(sim, "over the socket");
  await vi.waitFor(async () => expect((await deliveries(sim)).map(({ state }) => state)).toEqual(["delivered"]), 5000);
  expect(texts(heard)).toEqual(["over the socket"]);
  expect(heard[0]).toMatchObject({ type: "events_api", retry_num: 0 });
});

it("sends an event that nobody acknowledged within three seconds again, and says why", async () => {
  const sim = await start();
  const { heard } = await connect(sim, (envelope, nth) => (nth === 1 ? undefined : ack(envelope)));
  await say(sim, "again please");
  await vi.waitFor(() => expect(heard).toHaveLength(2), 5000);
  expect(heard[1]).toMatchObject({ retry_num: 1, retry_reason: "timeout" });
  expect(heard[1]?.body.event_id).toBe(heard[0]?.body.event_id);
});

it("spreads events over the connections", async () => {
  const sim = await start();
  const [first, second] = [await connect(sim, ack), await connect(sim, ack)];
  await say(sim, "one");
  await say(sim, "two");
  await vi.waitFor(() => expect([first.heard.length, second.heard.length]).toEqual([1, 1]), 5000);
  expect(await getJson(`${sim.facts.url}/_sim/slack/sockets`, z.object({ open: z.number() }))).toEqual({ open: 2 });
});

it.each(["warning", "refresh_requested", "cut"])(
  "loses and doubles no event when the connection ends by %s",
  async (way) => {
    const sim = await start();
    const { heard, connects } = await connect(sim, ack);
    await say(sim, "before");
    await vi.waitFor(() => expect(heard).toHaveLength(1), 5000);
    await tell(sim, way);
    await say(sim, "between");
    await vi.waitFor(() => expect(connects).toHaveBeenCalledTimes(2), 5000);
    await say(sim, "after");
    await vi.waitFor(() => expect(new Set(texts(heard))).toEqual(new Set(["after", "before", "between"])), 5000);
    expect(heard).toHaveLength(3);
  },
);

it("asks for a new connection each hour of its own clock", async () => {
  const sim = await start();
  const { heard, connects } = await connect(sim, ack);
  await moveClock(sim.facts.url, { advance: "1h" });
  await vi.waitFor(() => expect(connects).toHaveBeenCalledTimes(2), 5000);
  await say(sim, "on the new one");
  await vi.waitFor(() => expect(texts(heard)).toEqual(["on the new one"]), 5000);
});

it("opens a connection for an app token only, at an address that works once", async () => {
  const sim = await start();
  const options = { slackApiUrl: `${sim.facts.slack.apiUrl}/`, logLevel: LogLevel.ERROR };
  await expect(new WebClient(botToken, options).apps.connections.open({})).rejects.toMatchObject({
    data: { error: "not_allowed_token_type" },
  });
  await expect(new WebClient(appToken, options).auth.test()).rejects.toMatchObject({
    data: { error: "not_allowed_token_type" },
  });
  const { url = "" } = await new WebClient(appToken, options).apps.connections.open({});
  const open = () =>
    new Promise<string>((resolve) => {
      const socket = new WebSocket(url);
      socket.addEventListener("message", ({ data }) => {
        resolve(String(data));
        socket.close();
      });
      socket.addEventListener("error", () => resolve("refused"));
    });
  expect(await open()).toContain('"hello"');
  expect(await open()).toBe("refused");
});

it("brings a press over the socket, and takes the acknowledgement as the app's answer", async () => {
  const sim = await start();
  const { heard } = await connect(sim, ack);
  const slack = new WebClient(botToken, { slackApiUrl: `${sim.facts.slack.apiUrl}/`, logLevel: LogLevel.ERROR });
  const button = {
    type: "button",
    action_id: "thor_stop",
    value: "v1",
    text: { type: "plain_text", text: "Stop" },
  } as const;
  const blocks = [{ type: "actions" as const, elements: [button] }];
  const { ts } = Place.parse(
    await slack.apiCall("chat.postMessage", { channel: "C0GENERAL1", text: "working", blocks }),
  );
  const taken = await pressIn(sim.facts.url, { do: "click", channel: "C0GENERAL1", ts, label: "Stop" });
  expect(taken).toMatchObject({ isTaken: true, status: 200 });
  const press = heard.find(({ type }) => type === "interactive");
  expect(press?.body).toMatchObject({ type: "block_actions", actions: [{ action_id: "thor_stop", value: "v1" }] });
});

it("doubles and reorders by plan over sockets as over HTTP", async () => {
  const sim = await start();
  const { heard } = await connect(sim, ack);
  const faults = [
    { id: "twice", match: { direction: "out", body: { "event.text": "twice" } }, do: { duplicate: { copies: 1 } } },
    { id: "mixed", match: { direction: "out" }, do: { reorder: { window: 3 } }, times: 3 },
  ];
  await planFaults(sim.facts.url, faults);
  for (const text of ["a", "b", "c"]) await say(sim, text);
  await vi.waitFor(() => expect(texts(heard)).toEqual(["c", "b", "a"]), 5000);
  await say(sim, "twice");
  await vi.waitFor(() => expect(texts(heard).slice(3)).toEqual(["twice", "twice"]), 5000);
});
