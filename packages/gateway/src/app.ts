/** The composition root of the gateway. */
import { INTERNAL_SECRET_HEADER } from "@thor/domain/headers";
import { aboutProcess } from "@thor/kit/about-process";
import type { Log } from "@thor/kit/flow/log";
import { startLoop, type Loop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import { addMetrics, createMetrics, type Metrics } from "@thor/kit/metrics";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { createServer, hasSecret } from "@thor/kit/server";
import { systemClock } from "@thor/kit/system-clock";
import type { Ledger } from "@thor/ledger/port";
import { requireLedger } from "@thor/ledger/require-ledger";
import { openWorkspaceConfig } from "@thor/workspace-config/loader";
import type { FastifyInstance, FastifyRequest } from "fastify";

import { createCronDirectory } from "./adapters/cron-directory.ts";
import { createGithubSignature } from "./adapters/github-signature.ts";
import { md5Hex } from "./adapters/md5.ts";
import { createRepositories } from "./adapters/repositories.ts";
import { createSlackSignature } from "./adapters/slack-signature.ts";
import { createGithubSide, type GithubSide } from "./app/github.ts";
import { createHealthCheck } from "./app/health.ts";
import type { Parts } from "./app/parts.ts";
import { startQueue } from "./app/queue.ts";
import { createSlackSide, type SlackSide } from "./app/slack.ts";
import type { GatewayConfig } from "./config.ts";
import { createPressure } from "./flows/pressure.ts";
import { createReceiveCron } from "./flows/receive-cron.ts";
import { addCron } from "./http/cron.ts";
import { addGithub } from "./http/github.ts";
import { addHealth } from "./http/health.ts";
import { addInternal } from "./http/internal.ts";
import { addReserved } from "./http/reserved.ts";
import { addSlackEvents } from "./http/slack-events.ts";
import { addSlackInteractivity } from "./http/slack-interactivity.ts";
import { COUNTED, OBSERVED } from "./metrics.ts";

const BODY_LIMIT = 1024 * 1024;
const SWEEP_MS = 600_000;
const HEARTBEAT_MS = 10_000;

const createCronSide = ({ workspace }: GatewayConfig, ledger: Ledger, log: Log) =>
  createReceiveCron({
    ...ledger,
    log,
    clock: systemClock,
    newId: createIds(systemClock.now),
    md5: md5Hex,
    resolveDirectory: createCronDirectory(workspace),
  });

/** The ways in from outside: each provider's own, behind its own proof. */
function addDoors(
  server: FastifyInstance,
  { config, ledger, log, pressure }: Parts,
  sides: { slack: SlackSide | undefined; github: GithubSide | undefined },
) {
  const { slack, github } = config;
  const noteRefusal = createRefusalNote(log);
  const receiveCron = createCronSide(config, ledger, log);
  const receive: typeof receiveCron = (...request) => pressure.during(() => receiveCron(...request));
  addCron(server, { secret: config.cronSecret, receive, noteRefusal });
  if (sides.github !== undefined && github !== undefined)
    addGithub(server, { ...sides.github, isSigned: createGithubSignature(github.webhookSecret), noteRefusal });
  if (sides.slack !== undefined && slack !== undefined) {
    const isSigned = createSlackSignature({ ...slack, now: systemClock.now });
    const proof = { isSigned, noteRefusal };
    addSlackEvents(server, { receive: sides.slack.receive, ...proof });
    addSlackInteractivity(server, { click: sides.slack.click, ...proof });
  }
}

/** Starts the gateway; closing it stops new work first and finishes what is in hand. */
export async function startGateway(config: GatewayConfig, given: Log): Promise<RunningService> {
  const metrics = createMetrics({ prefix: "thor_gateway_", counted: COUNTED, observed: OBSERVED });
  const log = metrics.counting(given);
  const { slack, github, secrets, databaseUrl: url, queue: settings } = config;
  await requireDefaultRepo(config);
  const ledger = await requireLedger({ url, service: "gateway", secret: secrets.current, log, settings });
  const view = await openWorkspaceConfig({ path: config.configPath, log, history: ledger });
  const parts: Parts = { config, ledger, view, log, pressure: createPressure() };
  const slackSide = slack === undefined ? undefined : createSlackSide(parts, slack);
  const githubSide = github === undefined ? undefined : createGithubSide(parts, github);
  await requireOwnIdentity(slackSide, ledger);
  let isStopping = false;
  const check = createHealthCheck(parts, { slack: slackSide, github: githubSide, isStopping: () => isStopping });

  const queue = startQueue(parts, { slack: slackSide, github: githubSide });
  const stopSlack = slackSide?.start();
  const upkeep = startUpkeep(parts);
  const server = createServer({ log, bodyLimitBytes: BODY_LIMIT });
  server.addHook("onRequest", async (request, reply) => {
    if (isStopping && request.url !== "/health")
      await reply.code(503).header("retry-after", "1").send({ error: "shutting_down" });
  });
  addHealth(server, { secrets: secrets.accepted, check });
  meter(server, { metrics, config, ledger });
  for (const [name, read] of Object.entries(slackSide?.gauges ?? {}))
    metrics.gauge(name, { help: "Slack", label: "provider", read: () => Promise.resolve({ slack: read() }) });
  addReserved(server);
  addInternal(server, { secrets: secrets.accepted, wake: queue.wake });
  addDoors(server, parts, { slack: slackSide, github: githubSide });
  await server.listen({ port: config.port, host: config.bindAddress });
  const stopGithub = githubSide?.start();
  log.info({ event: "gateway_started", addresses: server.addresses() }, "gateway started");

  return {
    close: async () => {
      isStopping = true;
      log.info({ event: "gateway_stopping" }, "gateway stopping");
      await Promise.all([stopSlack?.(), stopGithub?.()]);
      await queue.stop();
      await Promise.all(upkeep.map((loop) => loop.stop()));
      await server.close();
      await view.close();
      await ledger.close();
    },
  };
}

/** A default repository that is not there would fail every first mention: better to refuse the start. */
async function requireDefaultRepo({ slack, workspace }: GatewayConfig): Promise<void> {
  if (slack === undefined) return;
  const found = await createRepositories(workspace).check(slack.defaultRepo);
  if (found.kind === "bad") throw new StartRefused(`Invalid SLACK_DEFAULT_REPO: ${found.why} below ${workspace}/repos`);
}

/** A bot user or team of another app would take nobody's words for Thor's: such a start is refused. */
async function requireOwnIdentity(slack: SlackSide | undefined, ledger: Ledger): Promise<void> {
  const wrong = (await slack?.wrongSettings()) ?? [];
  if (wrong.length === 0) return;
  await ledger.close();
  throw new StartRefused(
    wrong.map((name) => `${name} is not what Slack says of SLACK_BOT_TOKEN: correct it, or leave it out`).join("\n"),
  );
}

function startUpkeep({ ledger, log, view }: Parts): Loop[] {
  const instance = String(process.pid);
  const beat = async () => {
    await ledger.heartbeat({ service: "gateway", instance, detail: aboutProcess({ configVersion: view.version() }) });
    return HEARTBEAT_MS;
  };
  const sweep = async () => {
    await ledger.sweep();
    return SWEEP_MS;
  };
  return [startLoop({ name: "heartbeat", log, turn: beat }), startLoop({ name: "sweep", log, turn: sweep })];
}

/** What Prometheus may read. */
function meter(server: FastifyInstance, given: { metrics: Metrics; config: GatewayConfig; ledger: Ledger }) {
  const { metrics, config, ledger } = given;
  metrics.watchRequests(server);
  metrics.gauge("queue", {
    help: "Events and promises",
    label: "state",
    read: async () => queueOf(await ledger.queueStats()),
  });
  metrics.gauge("outbox_lag_seconds", {
    help: "Age of the oldest promise that was not kept yet",
    label: "outbox",
    read: async () => {
      const { oldestCreatedAt = systemClock.now() } = (await ledger.queueStats()).outbox;
      return { all: (systemClock.now() - oldestCreatedAt) / 1000 };
    },
  });
  const isInternal = (request: FastifyRequest) => hasSecret(request, INTERNAL_SECRET_HEADER, config.secrets.accepted);
  addMetrics(server, { metrics, token: config.metricsToken, isInternal });
}

const queueOf = ({ pending, claimed, dead, outbox }: Awaited<ReturnType<Ledger["queueStats"]>>) => ({
  pending,
  claimed,
  dead,
  outbox_pending: outbox.pending,
  outbox_failed: outbox.failed,
});

/** Refused callers are strangers: one line a second, however many they send. */
function createRefusalNote(log: Log) {
  let refused = 0;
  let loggedAt = 0;
  return (reason: string) => {
    refused += 1;
    if (systemClock.now() - loggedAt < 1000) return;
    log.warn({ event: "request_refused", reason, refused }, "request refused");
    [refused, loggedAt] = [0, systemClock.now()];
  };
}
