import { startLoop } from "@thor/kit/flow/loop";
/** The two drainers of the gateway: lanes of events to the runner, promises to the outside. */
import { createIds } from "@thor/kit/ids";
import { systemClock } from "@thor/kit/system-clock";
import { listedChannels } from "@thor/workspace-config/pure/profile";

import { createApprovalClient, DECISION_TIMEOUT_MS } from "../adapters/approval-client.ts";
import { createRepositories } from "../adapters/repositories.ts";
import { createRunnerClient } from "../adapters/runner-client.ts";
import { createClaimLoop } from "../flows/claim-loop.ts";
import { createDispatch } from "../flows/dispatch.ts";
import { createSupersede } from "../flows/github/supersede.ts";
import { createOutboxLoop } from "../flows/outbox-loop.ts";
import { createRoute } from "../flows/route.ts";
import { createSendDecision } from "../flows/send-decision.ts";
import { createSendPromise } from "../flows/send-promise.ts";
import type { GithubSide } from "./github.ts";
import type { Parts } from "./parts.ts";
import type { SlackSide } from "./slack.ts";

/** Each longer than one send can take, so that nobody else sends meanwhile. */
const SEND_LEASE_MS = 60_000;
const DECISION_LEASE_MS = DECISION_TIMEOUT_MS + 30_000;

const NO_SLACK = "slack_not_configured";
const cannotSpeak = () => Promise.resolve({ kind: "refused" as const, code: NO_SLACK });
/** Slack's verbs where Slack is not set up: what an earlier configuration promised there fails with that reason. */
const ABSENT_SLACK = {
  post: cannotSpeak,
  whisper: cannotSpeak,
  findPosted: cannotSpeak,
  react: cannotSpeak,
  remove: cannotSpeak,
  teamId: () => undefined,
  learnChannel: () => Promise.resolve({ kind: "failed" as const, error: NO_SLACK }),
};

/** From a claimed batch to the runner: where it works, and the hand-over itself. */
function createHandOver({ config, ledger, view, log }: Parts) {
  const repositories = createRepositories(config.workspace);
  return createDispatch({
    ...ledger,
    log,
    clock: systemClock,
    newId: createIds(systemClock.now),
    settings: config.queue,
    route: createRoute({ ...repositories, config: view.current, defaultRepo: config.slack?.defaultRepo ?? "", log }),
    checkRepo: repositories.check,
    directoryExists: repositories.isDirectory,
    askRunner: createRunnerClient({ url: config.runnerUrl, secret: config.secrets.current }).trigger,
  });
}

interface Drain {
  turn: () => Promise<number>;
  drained: () => Promise<unknown>;
}

/** Runs a drainer that the ledger's news wake, and the end of what it has in hand. */
function keepDraining(
  { ledger, log }: Parts,
  given: { name: string; topic: "events" | "outbox"; create: (wake: () => void) => Drain },
) {
  const woken = { wake: () => undefined as void };
  const drain = given.create(() => woken.wake());
  const loop = startLoop({ name: given.name, log, turn: drain.turn });
  woken.wake = loop.wake;
  const unwatch = ledger.watch([given.topic], loop.wake);
  const stop = async () => {
    unwatch();
    await loop.stop();
    await drain.drained();
  };
  return { wake: loop.wake, stop };
}

/** Starts the drainers; each ends when what it has in hand has ended. */
export function startQueue(parts: Parts, sides: { slack: SlackSide | undefined; github: GithubSide | undefined }) {
  const { config, ledger, view, log, pressure } = parts;
  const { retryMaxAttempts: maxAttempts, retryBaseMs: baseMs, retryCapMs: capMs } = config.queue;
  const { slack = ABSENT_SLACK, github } = sides;
  const clock = systemClock;
  const holder = `gateway:${process.pid}:${createIds(clock.now)()}`;
  const shared = { ...ledger, log, clock, holder, isUnderPressure: pressure.isHigh };
  const events = keepDraining(parts, {
    name: "claims",
    topic: "events",
    create: (wake) =>
      createClaimLoop({
        ...shared,
        limits: { maxAttempts, baseMs, capMs },
        learnChannel: slack.learnChannel,
        listedChannels: () => listedChannels(view.current().admission),
        githubFacts: github?.facts,
        supersede: createSupersede(ledger),
        dispatch: createHandOver(parts),
        syncPush: github?.syncPush,
        wake,
      }),
  });
  const send = createSendPromise({ ...ledger, ...slack, clock, onGithub: github?.send });
  const words = keepDraining(parts, {
    name: "outbox",
    topic: "outbox",
    create: (wake) => createOutboxLoop({ ...shared, streams: ["slack", "github"], leaseMs: SEND_LEASE_MS, send, wake }),
  });
  const resolve = createApprovalClient({ url: config.remoteCliUrl, secret: config.secrets.current });
  const sendDecision = createSendDecision({ ...ledger, clock, resolve });
  const decisions = keepDraining(parts, {
    name: "decisions",
    topic: "outbox",
    create: (wake) =>
      createOutboxLoop({ ...shared, streams: ["click"], leaseMs: DECISION_LEASE_MS, send: sendDecision, wake }),
  });
  return {
    wake: events.wake,
    stop: async () => {
      await Promise.all([events.stop(), words.stop(), decisions.stop()]);
    },
  };
}
