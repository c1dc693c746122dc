/** The drainers of the gateway: lanes of events to the runner, promises to the outside, decisions to remote-cli. */
import { startDrain } from "@thor/kit/flow/drain";
import { createIds } from "@thor/kit/ids";
import { systemClock } from "@thor/kit/system-clock";
import { startOutboxDrain } from "@thor/ledger/outbox-drain";
import { listedChannels } from "@thor/workspace-config/pure/profile";

import { createApprovalClient, DECISION_TIMEOUT_MS } from "../adapters/approval-client.ts";
import { createRepositories } from "../adapters/repositories.ts";
import { createRunnerClient } from "../adapters/runner-client.ts";
import { createDispatch } from "../flows/dispatch.ts";
import { createSupersede } from "../flows/github/supersede.ts";
import { createRoute } from "../flows/route.ts";
import { createSendDecision } from "../flows/send-decision.ts";
import { createSendPromise } from "../flows/send-promise.ts";
import { createWorkClaim, LANE_LEASE_MS } from "../flows/work-claim.ts";
import type { GithubSide } from "./github.ts";
import type { Parts } from "./parts.ts";
import type { SlackSide } from "./slack.ts";

const MAX_BATCH = 50;
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
  addCardLine: cannotSpeak,
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

/** While many senders wait for their acknowledgement, handing over and speaking can wait. */
const createRoom =
  ({ pressure }: Parts) =>
  (usual: number, underPressure: number) =>
  () =>
    pressure.isHigh() ? underPressure : usual;

/** Starts the drainers; each ends when what it has in hand has ended. */
export function startQueue(parts: Parts, sides: { slack: SlackSide | undefined; github: GithubSide | undefined }) {
  const { config, ledger, view, log } = parts;
  const { retryMaxAttempts: maxAttempts, retryBaseMs: baseMs, retryCapMs: capMs } = config.queue;
  const { slack = ABSENT_SLACK, github } = sides;
  const clock = systemClock;
  const holder = `gateway:${process.pid}:${createIds(clock.now)()}`;
  const room = createRoom(parts);
  const lanes = startDrain({
    name: "lanes",
    log,
    clock,
    room: room(32, 4),
    claim: async (max) => {
      const claimed = await ledger.claimEvents({ holder, max, batchMax: MAX_BATCH, ttlMs: LANE_LEASE_MS });
      return claimed.kind === "claimed" ? claimed : undefined;
    },
    work: createWorkClaim({
      ...ledger,
      log,
      clock,
      limits: { maxAttempts, baseMs, capMs },
      learnChannel: slack.learnChannel,
      listedChannels: () => listedChannels(view.current().admission),
      githubFacts: github?.facts,
      supersede: createSupersede(ledger),
      dispatch: createHandOver(parts),
      syncPush: github?.syncPush,
    }),
  });
  const unwatch = ledger.watch(["events"], lanes.wake);
  const outbox = { ledger, log, clock, holder, room: room(8, 1) };
  const words = startOutboxDrain({
    ...outbox,
    name: "words",
    streams: ["slack", "github"],
    leaseMs: SEND_LEASE_MS,
    send: createSendPromise({ ...ledger, ...slack, log, clock, onGithub: github?.send }),
  });
  const resolve = createApprovalClient({ url: config.remoteCliUrl, secret: config.secrets.current });
  const decisions = startOutboxDrain({
    ...outbox,
    name: "decisions",
    streams: ["click"],
    leaseMs: DECISION_LEASE_MS,
    send: createSendDecision({ ...ledger, log, clock, resolve }),
  });
  return {
    wake: lanes.wake,
    stop: async () => {
      unwatch();
      await Promise.all([lanes.stop(), words.stop(), decisions.stop()]);
    },
  };
}
