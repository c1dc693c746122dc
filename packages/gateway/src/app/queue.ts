import { startLoop } from "@thor/kit/flow/loop";
/** The two drainers of the gateway: lanes of events to the runner, promises to the outside. */
import { createIds } from "@thor/kit/ids";
import { systemClock } from "@thor/kit/system-clock";
import { listedChannels } from "@thor/workspace-config/pure/profile";

import { createRepositories } from "../adapters/repositories.ts";
import { createRunnerClient } from "../adapters/runner-client.ts";
import { createClaimLoop } from "../flows/claim-loop.ts";
import { createDispatch } from "../flows/dispatch.ts";
import { createSupersede } from "../flows/github/supersede.ts";
import { createOutboxLoop } from "../flows/outbox-loop.ts";
import { createRoute } from "../flows/route.ts";
import { createSendPromise } from "../flows/send-promise.ts";
import type { GithubSide } from "./github.ts";
import type { Parts } from "./parts.ts";
import type { SlackSide } from "./slack.ts";

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

/** Starts both loops; they wake each other's work through the ledger, and stop when what is in hand has ended. */
export function startQueue(parts: Parts, sides: { slack: SlackSide | undefined; github: GithubSide | undefined }) {
  const { config, ledger, view, log, pressure } = parts;
  const { retryMaxAttempts: maxAttempts, retryBaseMs: baseMs, retryCapMs: capMs } = config.queue;
  const { slack = ABSENT_SLACK, github } = sides;
  const clock = systemClock;
  const holder = `gateway:${process.pid}:${createIds(clock.now)()}`;
  const shared = { ...ledger, log, clock, holder, isUnderPressure: pressure.isHigh };
  const wake: Record<"claims" | "outbox", () => void> = { claims: () => undefined, outbox: () => undefined };
  const claims = createClaimLoop({
    ...shared,
    limits: { maxAttempts, baseMs, capMs },
    learnChannel: slack.learnChannel,
    listedChannels: () => listedChannels(view.current().admission),
    githubFacts: github?.facts,
    supersede: createSupersede(ledger),
    dispatch: createHandOver(parts),
    syncPush: github?.syncPush,
    wake: () => wake.claims(),
  });
  const send = createSendPromise({ ...ledger, ...slack, clock, onGithub: github?.send });
  const outbox = createOutboxLoop({ ...shared, send, wake: () => wake.outbox() });
  const claimLoop = startLoop({ name: "claims", log, turn: claims.turn });
  const outboxLoop = startLoop({ name: "outbox", log, turn: outbox.turn });
  wake.claims = claimLoop.wake;
  wake.outbox = outboxLoop.wake;
  const unwatchers = [ledger.watch(["events"], claimLoop.wake), ledger.watch(["outbox"], outboxLoop.wake)];
  return {
    wake: claimLoop.wake,
    stop: async () => {
      for (const unwatch of unwatchers) unwatch();
      await Promise.all([claimLoop.stop(), outboxLoop.stop()]);
      await Promise.all([claims.drained(), outbox.drained()]);
    },
  };
}
