/** The gateway over a real ledger, between the Slack simulator and a runner that a test scripts. */
import { createHmac, randomInt, randomUUID } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import { join } from "node:path";

import { DispatchedTrigger } from "@thor/domain/trigger";
import type { RunningService } from "@thor/kit/run-service";
import { eventually } from "@thor/kit/testing/eventually";
import { createKeptLog, type Line } from "@thor/kit/testing/kept-log";
import { tempDir } from "@thor/kit/testing/temp-dir";
import { openLedger } from "@thor/ledger/open";
import { startSimulators, type SimulatorFacts } from "@thor/simulators/start";
import { onTestFinished } from "vitest";
import { z } from "zod";

import { startGateway } from "../src/app.ts";
import { readConfig } from "../src/config.ts";

export const SECRET = "gateway-test-internal-secret-of-40-chars!";
const BOT_TOKEN = "xoxb-sim-gateway-test";
const SIGNING = "gateway-test-signing-secret";

const Thread = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      text: z.string(),
      user: z.string().optional(),
      blocks: z.array(z.looseObject({ type: z.string() })).optional(),
      reactions: z.array(z.object({ name: z.string() })).optional(),
    }),
  ),
});

async function portOf(handler: Parameters<typeof createServer>[1]): Promise<{ port: number; close: () => void }> {
  const server = createServer(handler ?? (() => undefined));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { port, close };
}

/** Below the ports that the system hands out by itself, so that no test's own server takes it before the gateway does. */
async function freePort(): Promise<number> {
  const port = randomInt(20_000, 32_000);
  const isFree = await new Promise<boolean>((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
  return isFree ? port : freePort();
}

async function bodyOf(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
  const text = Buffer.concat(chunks).toString("utf8");
  return text === "" ? {} : JSON.parse(text);
}

interface RunnerAnswer {
  status: number;
  body: object;
}
/** What the runner answers; nothing at all is a connection that breaks. */
type RunnerScript = (
  trigger: DispatchedTrigger,
  call: number,
) => RunnerAnswer | undefined | Promise<RunnerAnswer | undefined>;

/** A runner that takes everything unless told otherwise. */
async function startRunner(script: () => RunnerScript) {
  const heard: DispatchedTrigger[] = [];
  const answer = async (request: IncomingMessage) => {
    const parsed = DispatchedTrigger.safeParse(await bodyOf(request));
    if (!parsed.success) return { status: 200, body: { status: "ok" } };
    heard.push(parsed.data);
    return script()(parsed.data, heard.length);
  };
  const { port, close } = await portOf((request, response) => {
    void answer(request).then((said) => {
      if (said === undefined) return response.destroy();
      return response.writeHead(said.status, { "content-type": "application/json" }).end(JSON.stringify(said.body));
    });
  });
  return { url: `http://127.0.0.1:${port}`, heard, close };
}

const takesAll: RunnerScript = (_trigger, call) => ({
  status: 200,
  body: { accepted: true, sessionId: "ses_1", resumed: false, triggerId: `t${call}` },
});

export interface World {
  /** What the gateway was started with, for one that runs as a process of its own. */
  env: Readonly<Record<string, string>>;
  facts: SimulatorFacts["slack"];
  url: string;
  workspace: string;
  /** What the gateway logged. */
  lines: readonly Line[];
  heard: DispatchedTrigger[];
  setRunner: (script: RunnerScript) => void;
  runnerUrl: string;
  restart: () => Promise<void>;
  stop: () => Promise<void>;
  /** Posts a signed body to the events route. */
  post: (
    body: string,
    signing?: { secret?: string; timestamp?: number },
  ) => Promise<{ status: number; body: Record<string, unknown> }>;
  /** Posts the payload of an interaction as Slack does. */
  press: (payload: string | object) => Promise<{ status: number; body: Record<string, unknown> }>;
  /** An event of a message as Slack would wrap it. */
  envelope: (event: object, more?: { id?: string; team?: string }) => string;
  say: (text: string, more?: { threadTs?: string; as?: string; channel?: string }) => Promise<string>;
  fault: (faults: object[]) => Promise<void>;
  /** A call to the simulators' own routes. */
  sim: (method: "GET" | "PUT" | "POST", path: string, body?: object) => Promise<unknown>;
  thread: (ts: string, channel?: string) => Promise<z.infer<typeof Thread>["messages"]>;
  prompts: (count: number) => Promise<string[]>;
  ledgerText: () => string;
}

const FAST = {
  THOR_QUIET_WINDOW_MS: "300",
  THOR_QUIET_CAP_MS: "1200",
  THOR_RETRY_BASE_MS: "60",
  THOR_RETRY_CAP_MS: "200",
  THOR_DELAY_NOTICE_MS: "400",
};

async function postSigned(
  url: string,
  request: { body: string; type: string; secret?: string | undefined; timestamp?: number | undefined },
) {
  const { body, type, secret = SIGNING, timestamp = Math.floor(Date.now() / 1000) } = request;
  const headers = {
    "content-type": type,
    "x-slack-request-timestamp": String(timestamp),
    "x-slack-signature": `v0=${createHmac("sha256", secret).update(`v0:${timestamp}:${body}`).digest("hex")}`,
  };
  const response = await fetch(url, { method: "POST", headers, body });
  return { status: response.status, body: z.record(z.string(), z.unknown()).parse(await response.json()) };
}

async function simulatorCalls(base: string) {
  const send = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await fetch(base + path, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response.json();
  };
  return send;
}

const APP_TOKEN = "xapp-1-A0THORAPP1-0000000000-gateway";

interface Settings {
  env?: Record<string, string>;
  config?: object;
  /** Slack comes over its socket alone: no signing secret is known. */
  socket?: boolean;
}

export async function startWorld(settings: Settings = {}): Promise<World> {
  const workspace = tempDir();
  for (const folder of ["repos/demo", "config", "data"]) mkdirSync(join(workspace, folder), { recursive: true });
  writeFileSync(join(workspace, "config/thor.json"), JSON.stringify(settings.config ?? {}));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const slackOptions = {
    eventsUrl: `${url}/slack/events`,
    interactivityUrl: `${url}/slack/interactivity`,
    signingSecret: SIGNING,
    botToken: BOT_TOKEN,
    retryDelaysMs: settings.socket === true ? [200, 2000, 8000] : [50, 200, 500],
    ...(settings.socket === true ? { socketMode: true, appToken: APP_TOKEN } : {}),
  };
  const simulators = await startSimulators({ seed: randomUUID(), slack: slackOptions });
  onTestFinished(() => simulators.close());
  let script = takesAll;
  const runner = await startRunner(() => script);
  onTestFinished(runner.close);
  const { facts } = simulators;
  const env = {
    PORT: String(port),
    THOR_BIND_ADDRESS: "127.0.0.1",
    THOR_WORKSPACE_DIR: workspace,
    THOR_INTERNAL_SECRET: SECRET,
    RUNNER_URL: runner.url,
    SLACK_BOT_TOKEN: BOT_TOKEN,
    ...(settings.socket === true ? { SLACK_APP_TOKEN: APP_TOKEN } : { SLACK_SIGNING_SECRET: SIGNING }),
    SLACK_DEFAULT_REPO: "demo",
    SLACK_API_BASE_URL: facts.slack.apiUrl,
    ...FAST,
    ...settings.env,
  };
  const config = readConfig(env);
  const { lines, log } = createKeptLog();
  let gateway: RunningService | undefined = await startGateway(config, log);
  const stop = async () => {
    await gateway?.close();
    gateway = undefined;
  };
  onTestFinished(stop);
  const isReady = async () =>
    (await fetch(`${url}/health`, { headers: { "x-thor-internal-secret": SECRET } }))
      .json()
      .then((body: unknown) => JSON.stringify(body).includes('"identity":"known"') || undefined);
  await eventually("the gateway knows its Slack identity", isReady);
  const sim = await simulatorCalls(facts.url);
  const { teamId, channel: home } = facts.slack;

  return {
    env,
    facts: facts.slack,
    url,
    workspace,
    lines,
    heard: runner.heard,
    runnerUrl: runner.url,
    setRunner: (next) => {
      script = next;
    },
    stop,
    restart: async () => {
      await stop();
      gateway = await startGateway(config, log);
      await eventually("the gateway is back", isReady);
    },
    post: (body, signing = {}) => postSigned(`${url}/slack/events`, { body, type: "application/json", ...signing }),
    press: (payload) => {
      const text = typeof payload === "string" ? payload : JSON.stringify(payload);
      const body = new URLSearchParams({ payload: text }).toString();
      return postSigned(`${url}/slack/interactivity`, { body, type: "application/x-www-form-urlencoded" });
    },
    envelope: (event, { id = `Ev${randomUUID()}`, team = teamId } = {}) =>
      JSON.stringify({
        type: "event_callback",
        event_id: id,
        team_id: team,
        event: { type: "message", channel: home, channel_type: "channel", user: "U0ALICE001", ...event },
      }),
    say: async (text, { threadTs, as = "U0ALICE001", channel = home } = {}) => {
      const act = threadTs === undefined ? { do: "say" } : { do: "reply", threadTs };
      const said = await sim("POST", "/_sim/act", { sim: "slack", ...act, as, channel, text });
      return z.object({ ts: z.string() }).parse(said).ts;
    },
    sim,
    fault: async (faults) => void (await sim("PUT", "/_sim/faults", faults)),
    thread: async (ts, channel = home) =>
      Thread.parse(await sim("GET", `/_sim/slack/thread/${channel}/${ts}`)).messages,
    prompts: (count) =>
      eventually(`${count} prompts at the runner`, () =>
        runner.heard.length >= count ? runner.heard.map(({ prompt }) => prompt) : undefined,
      ),
    ledgerText: () =>
      readdirSync(join(workspace, "data"))
        .map((name) => readFileSync(join(workspace, "data", name), "latin1"))
        .join(""),
  };
}

/** The ledger of a world, opened beside the gateway's. */
export async function ledgerOf(world: World) {
  const opened = await openLedger({
    url: `sqlite:${world.workspace}/data/thor.db`,
    service: "test",
    instance: randomUUID(),
    secret: SECRET,
  });
  if (opened.kind !== "opened") throw new Error(`the ledger did not open: ${opened.kind}`);
  onTestFinished(() => opened.ledger.close());
  return opened.ledger;
}
