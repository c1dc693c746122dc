import { sha256Hex } from "@thor/kit/derived-key";
import type { Log } from "@thor/kit/flow/log";
import { startLoop, type Loop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import { StartRefused, type RunningService } from "@thor/kit/run-service";
import { createServer } from "@thor/kit/server";
/** The composition root of the gateway. */
import { systemClock } from "@thor/kit/system-clock";
import { openLedger } from "@thor/ledger/open";
import type { Ledger } from "@thor/ledger/port";
import { openWorkspaceConfig, type WorkspaceConfigView } from "@thor/workspace-config/loader";

import { createActionButtonCheck } from "./adapters/action-buttons.ts";
import { githubRules } from "./adapters/github-rules.ts";
import { createGithubSignature } from "./adapters/github-signature.ts";
import { createRemoteExec } from "./adapters/remote-exec.ts";
import { createRepoOrigins } from "./adapters/repo-origins.ts";
import { createRepositories } from "./adapters/repositories.ts";
import { createRunnerClient } from "./adapters/runner-client.ts";
import { createSlackSignature } from "./adapters/slack-signature.ts";
import { createSlackSocket } from "./adapters/slack-socket.ts";
import { createGatewaySlack } from "./adapters/slack.ts";
import type { GatewayConfig } from "./config.ts";
import { isListedChannel } from "./core/access/channel-gate.ts";
import { judgeHealth } from "./core/health.ts";
import type { Envelope } from "./core/slack/envelope.ts";
import { createChannelClasses } from "./flows/channel-classes.ts";
import { createClaimLoop } from "./flows/claim-loop.ts";
import { createDispatch } from "./flows/dispatch.ts";
import { createGithubSide, type GithubSide } from "./flows/github/side.ts";
import { createSupersede } from "./flows/github/supersede.ts";
import { createLearnIdentity } from "./flows/learn-identity.ts";
import { createOutboxLoop } from "./flows/outbox-loop.ts";
import { createPressure } from "./flows/pressure.ts";
import { createRoute } from "./flows/route.ts";
import { createSendPromise } from "./flows/send-promise.ts";
import { createClick } from "./flows/slack/click.ts";
import { createReceiveSlack } from "./flows/slack/receive.ts";
import { createTakeEnvelope } from "./flows/slack/take-envelope.ts";
import { addGithub } from "./http/github.ts";
import { addHealth } from "./http/health.ts";
import { addInternal } from "./http/internal.ts";
import { addSlackEvents } from "./http/slack-events.ts";
import { addSlackInteractivity } from "./http/slack-interactivity.ts";

const BODY_LIMIT = 1024 * 1024;
const SWEEP_MS = 600_000;
const HEARTBEAT_MS = 10_000;

async function openStore(config: GatewayConfig, log: Log): Promise<Ledger> {
  const { databaseUrl: url, secrets, queue } = config;
  const opened = await openLedger({
    url,
    service: "gateway",
    instance: String(process.pid),
    secret: secrets.current,
    log,
    settings: queue,
  });
  if (opened.kind === "opened") return opened.ledger;
  throw new StartRefused(`ledger: ${opened.kind}`, opened.kind === "unavailable" ? 1 : 78);
}

interface Parts {
  config: GatewayConfig;
  slack: NonNullable<GatewayConfig["slack"]>;
  ledger: Ledger;
  view: WorkspaceConfigView;
  log: Log;
  githubSide: GithubSide | undefined;
}

/** GitHub's half of the gateway, if it is set up. */
function openGithubSide({ config, ledger, view, log }: Omit<Parts, "slack" | "githubSide">): GithubSide | undefined {
  const { workspace, github, remoteCliUrl: url, secrets } = config;
  if (github === undefined) return undefined;
  const { check: checkRepo, directoryOf } = createRepositories(workspace);
  const exec = createRemoteExec({ url, secret: secrets.current });
  const world = {
    log,
    clock: systemClock,
    digest: sha256Hex,
    originOf: createRepoOrigins(),
    checkRepo,
    directoryOf,
    exec,
  };
  return createGithubSide({ ...ledger, ...github, ...githubRules(view), ...world });
}

/** From a claimed batch to the runner: where it works, and the hand-over itself. */
function createHandOver({ config, slack, ledger, view, log }: Parts) {
  const repositories = createRepositories(config.workspace);
  return createDispatch({
    ...ledger,
    log,
    clock: systemClock,
    newId: createIds(systemClock.now),
    settings: config.queue,
    route: createRoute({ ...repositories, config: view.current, defaultRepo: slack.defaultRepo, log }),
    checkRepo: repositories.check,
    directoryExists: repositories.isDirectory,
    askRunner: createRunnerClient({ url: config.runnerUrl, secret: config.secrets.current }).trigger,
  });
}

/** Everything that Slack sends, by request or by socket. */
function createSlackIntake(
  { config, slack, ledger, view, log }: Parts,
  known: {
    identity: ReturnType<typeof createLearnIdentity>;
    channels: ReturnType<typeof createChannelClasses>;
    pressure: ReturnType<typeof createPressure>;
  },
) {
  const { identity, channels, pressure } = known;
  const isListed = (channel: string) => isListedChannel(view.current().profiles, channel);
  const hear = createReceiveSlack({
    ...ledger,
    log,
    identity: identity.state,
    channelClass: channels.known,
    forgetChannel: channels.forget,
    isListed,
  });
  const receive = (envelope: Envelope) => pressure.during(() => hear(envelope));
  const click = createClick({
    ...ledger,
    log,
    clock: systemClock,
    identity: identity.state,
    isSigned: createActionButtonCheck(config.secrets.accepted),
    digest: sha256Hex,
  });
  const { appToken } = slack;
  const onEnvelope = createTakeEnvelope({ receive, click });
  const socket = appToken === undefined ? undefined : createSlackSocket({ ...slack, appToken, log, onEnvelope });
  return { receive, click, socket };
}

/** The parts that exist only when Slack is set up. */
function createSlackSide(parts: Parts) {
  const { config, slack, ledger, view, log, githubSide } = parts;
  const clock = systemClock;
  const vendor = createGatewaySlack(slack);
  const channels = createChannelClasses({ clock, lookUp: vendor.lookUpChannel });
  const identity = createLearnIdentity({ log, clock, ask: vendor.askIdentity, expected: slack });
  const holder = `gateway:${process.pid}:${createIds(clock.now)()}`;
  const wake: Record<"claims" | "outbox", () => void> = { claims: () => undefined, outbox: () => undefined };
  const pressure = createPressure();
  const claims = createClaimLoop({
    ...ledger,
    log,
    clock,
    holder,
    limits: {
      maxAttempts: config.queue.retryMaxAttempts,
      baseMs: config.queue.retryBaseMs,
      capMs: config.queue.retryCapMs,
    },
    learnChannel: channels.learn,
    listedChannels: () => new Set(Object.values(view.current().profiles).flatMap((profile) => profile.channels ?? [])),
    githubFacts: githubSide?.facts,
    supersede: createSupersede(ledger),
    dispatch: createHandOver(parts),
    isUnderPressure: pressure.isHigh,
    wake: () => wake.claims(),
  });
  const teamId = () => {
    const state = identity.state();
    return state.kind === "known" ? state.me.teamId : undefined;
  };
  const send = createSendPromise({ ...ledger, ...vendor, clock, teamId, onGithub: githubSide?.send });
  const outbox = createOutboxLoop({
    ...ledger,
    log,
    clock,
    holder,
    send,
    isUnderPressure: pressure.isHigh,
    wake: () => wake.outbox(),
  });
  const intake = createSlackIntake(parts, { identity, channels, pressure });
  return { identity, claims, outbox, wake, ...intake };
}

/** Starts the gateway; closing it stops new work first and finishes what is in hand. */
export async function startGateway(config: GatewayConfig, log: Log): Promise<RunningService> {
  const { slack, github, secrets } = config;
  const startedAt = systemClock.now();
  const view = await openWorkspaceConfig({ path: config.configPath, log });
  await requireDefaultRepo(config);
  const ledger = await openStore(config, log);
  const githubSide = openGithubSide({ config, ledger, view, log });
  const side = slack === undefined ? undefined : createSlackSide({ config, slack, ledger, view, log, githubSide });
  const runner = createRunnerClient({ url: config.runnerUrl, secret: secrets.current });
  let isStopping = false;

  const check = async () => {
    const [probe, stats, isRunnerUp] = await Promise.all([ledger.probe(), ledger.queueStats(), runner.isUp()]);
    return judgeHealth({
      now: systemClock.now(),
      startedAt,
      isStopping,
      ledger: probe.kind === "ok" ? probe : { kind: "failed", error: probe.kind },
      oldestDueAt: stats.oldestDueAt,
      queue: { ...stats },
      slack: side === undefined ? "absent" : side.identity.state().kind,
      runner: isRunnerUp ? "ok" : "unreachable",
    });
  };

  const loops = side === undefined ? undefined : startLoops(side, ledger, log);
  const upkeep = startUpkeep(ledger, log);
  const server = createServer({ log, bodyLimitBytes: BODY_LIMIT });
  server.addHook("onRequest", async (request, reply) => {
    if (isStopping && request.url !== "/health")
      await reply.code(503).header("retry-after", "1").send({ error: "shutting_down" });
  });
  addHealth(server, { secrets: secrets.accepted, check });
  addInternal(server, { secrets: secrets.accepted, wake: () => loops?.wake() });
  const noteRefusal = createRefusalNote(log);
  if (githubSide !== undefined && github !== undefined)
    addGithub(server, { ...githubSide, isSigned: createGithubSignature(github.webhookSecret), noteRefusal });
  if (side !== undefined && slack !== undefined) {
    const isSigned = createSlackSignature({ ...slack, now: systemClock.now });
    const proof = { isSigned, noteRefusal };
    addSlackEvents(server, { receive: side.receive, ...proof });
    addSlackInteractivity(server, { click: side.click, ...proof });
  }
  await server.listen({ port: config.port, host: config.bindAddress });
  log.info({ event: "gateway_started", addresses: server.addresses() }, "gateway started");

  return {
    close: async () => {
      isStopping = true;
      log.info({ event: "gateway_stopping" }, "gateway stopping");
      await loops?.stop();
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

function startLoops(side: ReturnType<typeof createSlackSide>, ledger: Ledger, log: Log) {
  const { identity, claims, outbox, socket, wake } = side;
  const socketLoop = socket === undefined ? undefined : startLoop({ name: "socket", log, turn: socket.keep });
  const identityLoop = startLoop({ name: "identity", log, turn: identity.attempt });
  const claimLoop = startLoop({ name: "claims", log, turn: claims.turn });
  const outboxLoop = startLoop({ name: "outbox", log, turn: outbox.turn });
  wake.claims = claimLoop.wake;
  wake.outbox = outboxLoop.wake;
  const unwatchers = [ledger.watch(["events"], claimLoop.wake), ledger.watch(["outbox"], outboxLoop.wake)];
  return {
    wake: claimLoop.wake,
    stop: async () => {
      for (const unwatch of unwatchers) unwatch();
      await socketLoop?.stop();
      await socket?.close();
      await Promise.all([identityLoop.stop(), claimLoop.stop(), outboxLoop.stop()]);
      await Promise.all([claims.drained(), outbox.drained()]);
    },
  };
}

function startUpkeep(ledger: Ledger, log: Log): Loop[] {
  const instance = String(process.pid);
  const beat = async () => {
    await ledger.heartbeat({ service: "gateway", instance, detail: {} });
    return HEARTBEAT_MS;
  };
  const sweep = async () => {
    await ledger.sweep();
    return SWEEP_MS;
  };
  return [startLoop({ name: "heartbeat", log, turn: beat }), startLoop({ name: "sweep", log, turn: sweep })];
}

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
