/** A runner with a real ledger file and the simulated Slack, between a gateway (the test) and an OpenCode. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import type { Log } from "@thor/kit/flow/log";
import type { RunningService } from "@thor/kit/run-service";
import { eventually } from "@thor/kit/testing/eventually";
import { openLedger } from "@thor/ledger/open";
import type { Claim, Ledger, Run } from "@thor/ledger/port";
import { slackMessage } from "@thor/ledger/testing/events";
import { PASSWORD, type OpencodeSetup } from "@thor/simulators/opencode";
import { startSimulators, type RunningSimulators } from "@thor/simulators/start";
import { z } from "zod";

import { startRunner } from "../src/app.ts";
import { readConfig } from "../src/config.ts";

export const SECRET = "an internal secret of the runner's tests";

const Answer = z.looseObject({
  accepted: z.boolean().optional(),
  busy: z.boolean().optional(),
  duplicate: z.boolean().optional(),
  resumed: z.boolean().optional(),
  sessionId: z.string().optional(),
  triggerId: z.string().optional(),
  error: z.string().optional(),
});
const Thread = z.object({
  status: z.string().nullish(),
  messages: z.array(
    z.object({
      ts: z.string(),
      text: z.string(),
      byBot: z.boolean(),
      blocks: z.array(z.unknown()).nullish(),
      metadata: z.object({ event_type: z.string() }).nullish(),
      reactions: z.array(z.object({ name: z.string() })),
    }),
  ),
});
export type SeenMessage = z.infer<typeof Thread>["messages"][number];

export interface Conversation {
  key: string;
  channel: string;
  threadTs: string;
}
interface Ask {
  interrupt?: boolean;
  directory?: string;
  prompt?: string;
  source?: string;
}
interface Hearing {
  events: { event: string; [fact: string]: unknown }[];
  log: Log;
}

/** A log that remembers what was said. */
function listen(): Hearing {
  const events: Hearing["events"] = [];
  const note = (facts: Hearing["events"][number]) => void events.push(facts);
  return { events, log: { debug: note, info: note, warn: note, error: note } };
}

const Addresses = z.array(z.object({ port: z.number() })).min(1);
export interface RunningRunner {
  url: string;
  hearing: Hearing;
  post: (body: unknown, headers?: Record<string, string>) => ReturnType<typeof readAnswer>;
  /** One whole dispatch. */
  ask: (conversation: Conversation, prompt: string, how?: Ask) => ReturnType<typeof readAnswer>;
  close: RunningService["close"];
}

async function readAnswer(response: Response) {
  const text = await response.text();
  return {
    status: response.status,
    body: Answer.parse(text === "" ? {} : JSON.parse(text)),
    retryAfter: response.headers.get("retry-after"),
  };
}

/** The gateway's half of a dispatch: an admitted message, its claim, and what came of it. */
function createGateway(ledger: Ledger, repos: string) {
  let serial = 0;
  const claimOf = async (anchorId: string): Promise<Claim> =>
    eventually("the lane's claim", async () => {
      const claimed = await ledger.claimEvents({ holder: "test-gateway", max: 32, batchMax: 50, ttlMs: 30_000 });
      const claims = claimed.kind === "claimed" ? claimed.claims : [];
      const other = claims.filter((claim) => claim.anchorId !== anchorId);
      for (const { lane, fence } of other) await ledger.settle({ lane, fence, result: { kind: "released" } });
      return claims.find((claim) => claim.anchorId === anchorId);
    });

  /** A message that waits in its lane. */
  const admit = async ({ key }: Conversation, interrupt = false): Promise<string> => {
    const admitted = await ledger.admit(
      slackMessage(
        { urgent: true, correlationKey: key, interrupt, actors: { slack: "U0ALICE001" } },
        { deliveryKey: `Ev-runner-${(serial += 1)}`, messageKey: `runner/${serial}` },
      ),
    );
    if (admitted.kind !== "accepted" || admitted.anchorId === undefined) throw new Error("not admitted");
    return admitted.anchorId;
  };

  /** The body of one call, with the claim it was made under. */
  const prepare = async (conversation: Conversation, prompt: string, ask: Ask = {}) => {
    const { key, channel, threadTs } = conversation;
    const interrupt = ask.interrupt === true;
    const anchorId = await admit(conversation, interrupt);
    const directory = ask.directory ?? join(repos, "demo");
    await ledger.stampDirectory({ anchorId, repo: "demo", directory, by: "test" });
    const claim = await claimOf(anchorId);
    const { lane, fence } = claim;
    const eventIds = claim.items.map(({ id }) => id);
    const dispatchId = `dispatch-${(serial += 1)}`;
    await ledger.beginDispatch({ lane, fence, dispatchId, eventIds, anchorId });
    return {
      prompt,
      directory,
      correlationKey: key,
      interrupt,
      anchorId,
      dispatchId,
      lane,
      fence,
      eventIds,
      requesters: [{ kind: "slack", id: "U0ALICE001" }],
      replyTo: { kind: "slack", channel, threadTs, ts: threadTs },
      sources: [ask.source ?? "slack"],
    };
  };

  const settle = async (call: { lane: string; fence: number }, { body }: Awaited<ReturnType<typeof readAnswer>>) => {
    const { lane, fence } = call;
    const { triggerId } = body;
    const result =
      triggerId === undefined
        ? { kind: "failed" as const, error: body.error ?? "busy", permanent: true }
        : { kind: "accepted" as const, triggerId };
    await ledger.settle({ lane, fence, result });
  };
  return { admit, prepare, settle };
}

export interface Stage {
  ledger: Ledger;
  sims: RunningSimulators;
  repos: string;
  passesDir: string;
  start: (opencodeUrl: string, env?: Record<string, string>) => Promise<RunningRunner>;
  env: (opencodeUrl: string) => Record<string, string>;
  /** The plugin for a real OpenCode, as it finds this workspace's passes. */
  plugin: NonNullable<OpencodeSetup["plugin"]>;
  conversation: () => Promise<Conversation>;
  prepare: ReturnType<typeof createGateway>["prepare"];
  /** Somebody writes something that nobody has handed over yet. */
  wait: ReturnType<typeof createGateway>["admit"];
  run: (triggerId: string | undefined) => Promise<Run>;
  ended: (triggerId: string | undefined, withinMs?: number) => Promise<Run>;
  thread: (conversation: Conversation) => Promise<SeenMessage[]>;
  /** The line under the thread's box. */
  status: (conversation: Conversation) => Promise<string>;
  /** What was promised to people about a run, in order; each promise is taken as kept. */
  promises: (triggerId: string) => Promise<unknown[]>;
  /** Calls to a runner that is its own process. */
  speakTo: (url: string) => Pick<RunningRunner, "post" | "ask">;
  sim: (method: "GET" | "PUT" | "POST" | "DELETE", path: string, body?: unknown) => Promise<unknown>;
  close: () => Promise<void>;
}

async function openStore(path: string): Promise<Ledger> {
  const opened = await openLedger({ url: `sqlite:${path}`, service: "test", instance: "one", secret: SECRET });
  if (opened.kind !== "opened") throw new Error(`no ledger: ${opened.kind}`);
  return opened.ledger;
}

function createSimCalls(sims: RunningSimulators) {
  return async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const response = await fetch(sims.facts.url + path, {
      method,
      ...(body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return text === "" ? undefined : JSON.parse(text);
  };
}

/** Everything around the runner, with this thor.json; close it in afterAll. */
export async function openStage(config: object = {}): Promise<Stage> {
  const root = mkdtempSync(join(tmpdir(), "thor-runner-"));
  const workspace = join(root, "workspace");
  const repos = join(workspace, "repos");
  const passesDir = join(root, "passes");
  const configPath = join(workspace, "config", "thor.json");
  const directories = [
    join(repos, "demo"),
    join(repos, "other"),
    join(workspace, "data"),
    dirname(configPath),
    passesDir,
  ];
  for (const directory of directories) mkdirSync(directory, { recursive: true });
  writeFileSync(configPath, JSON.stringify(config));
  const sims = await startSimulators({ model: { values: { repos, worktrees: join(workspace, "worktrees") } } });
  const ledger = await openStore(join(workspace, "data", "thor.db"));
  const sim = createSimCalls(sims);
  const gateway = createGateway(ledger, repos);
  const { channel, user, apiUrl } = sims.facts.slack;

  const env = (opencodeUrl: string) => ({
    PORT: "0",
    THOR_BIND_ADDRESS: "127.0.0.1",
    THOR_WORKSPACE_DIR: workspace,
    OPENCODE_URL: opencodeUrl,
    OPENCODE_SERVER_PASSWORD: PASSWORD,
    GATEWAY_URL: "http://127.0.0.1:9",
    THOR_INTERNAL_SECRET: SECRET,
    SLACK_BOT_TOKEN: "xoxb-sim-000000000000-thor0000",
    SLACK_API_BASE_URL: apiUrl,
    THOR_PASSES_DIR: passesDir,
  });
  const run = async (triggerId: string | undefined) => {
    const found = await ledger.triggerById({ triggerId: triggerId ?? "" });
    if (found === undefined) throw new Error(`no run ${String(triggerId)}`);
    return found;
  };
  const speakTo = (url: string): Pick<RunningRunner, "post" | "ask"> => {
    const post: RunningRunner["post"] = async (body, headers = { "x-thor-internal-secret": SECRET }) =>
      readAnswer(
        await fetch(`${url}/trigger`, {
          method: "POST",
          headers: { "content-type": "application/json", ...headers },
          body: typeof body === "string" ? body : JSON.stringify(body),
        }),
      );
    const ask: RunningRunner["ask"] = async (conversation, prompt, how) => {
      const call = await gateway.prepare(conversation, prompt, how);
      const answer = await post(call);
      await gateway.settle(call, answer);
      return answer;
    };
    return { post, ask };
  };
  const seen = async ({ channel: place, threadTs }: Conversation) =>
    Thread.parse(await sim("GET", `/_sim/slack/thread/${place}/${threadTs}`));
  return {
    ledger,
    sims,
    repos,
    passesDir,
    env,
    plugin: {
      file: join(import.meta.dirname, "../../agent-cli/src/plugin.ts"),
      env: { THOR_PASSES_DIR: passesDir, THOR_WORKSPACE_DIR: workspace, THOR_AGENT_TMP_DIR: join(root, "tmp") },
    },
    sim,
    run,
    speakTo,
    prepare: gateway.prepare,
    wait: gateway.admit,
    start: async (opencodeUrl, more = {}) => {
      const hearing = listen();
      const running = await startRunner(readConfig({ ...env(opencodeUrl), ...more }), hearing.log);
      const started = hearing.events.find(({ event }) => event === "runner_started");
      const [address] = Addresses.parse(started?.["addresses"]);
      const url = `http://127.0.0.1:${address?.port ?? 0}`;
      return { url, hearing, close: running.close, ...speakTo(url) };
    },
    conversation: async () => {
      const act = { sim: "slack", do: "say", as: user, channel, text: "hello" };
      const { ts } = z.object({ ts: z.string() }).parse(await sim("POST", "/_sim/act", act));
      return { key: `slack:thread:${channel}/${ts}`, channel, threadTs: ts };
    },
    promises: async (triggerId) => {
      const payloads: unknown[] = [];
      for (;;) {
        const claimed = await ledger.claimOutbox({ holder: "test", max: 50, ttlMs: 30_000, streams: ["slack"] });
        const claims = claimed.kind === "claimed" ? claimed.claims : [];
        if (claims.length === 0) return payloads;
        for (const { stream, fence, item } of claims) {
          if (item.triggerId === triggerId) payloads.push(item.payload);
          await ledger.settleOutbox({ stream, fence, id: item.id, result: { kind: "sent" } });
        }
      }
    },
    ended: (triggerId, withinMs = 20_000) =>
      eventually(
        `the end of run ${String(triggerId)}`,
        async () => {
          const found = await run(triggerId);
          return found.endedAt === undefined ? undefined : found;
        },
        withinMs,
      ),
    thread: async (conversation) => (await seen(conversation)).messages,
    status: async (conversation) => (await seen(conversation)).status ?? "",
    close: async () => {
      await ledger.close();
      await sims.close();
      rmSync(root, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}
