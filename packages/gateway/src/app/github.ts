/** GitHub's side of the gateway: what comes in, look-ups about it, what is said there, and folders that follow pushes. */
import { sha256Hex } from "@thor/kit/derived-key";
import { startLoop } from "@thor/kit/flow/loop";
import { createIds } from "@thor/kit/ids";
import { systemClock } from "@thor/kit/system-clock";
import { grantFor, isTrustedSender } from "@thor/workspace-config/pure/trust";

import { createHookRedelivery } from "../adapters/hook-redelivery.ts";
import { createRemoteExec } from "../adapters/remote-exec.ts";
import { createRepoOrigins } from "../adapters/repo-origins.ts";
import { createRepositories } from "../adapters/repositories.ts";
import { createWorktrees } from "../adapters/worktrees.ts";
import type { GatewayConfig } from "../config.ts";
import { createGithubFlows } from "../flows/github/flows.ts";
import { createSyncPush } from "../flows/github/sync-push.ts";
import type { Parts } from "./parts.ts";

const PUSH_COMMAND_MS = 60_000;

/** What thor.json says about GitHub, asked anew each time. */
function createRules({ view }: Parts) {
  const admission = () => view.current().admission;
  return {
    grantFor: (fullName: string) => grantFor(admission(), fullName),
    isTrustedSender: ({ login, type, association }: { login: string; type: string; association: string | undefined }) =>
      isTrustedSender(admission(), { login, isBot: type === "Bot", association }),
    ignoresForks: () => admission().github.forks === "ignore",
  };
}

/** GitHub keeps deliveries for three days. */
const REDELIVER_MS = 3 * 24 * 60 * 60_000;
const REDELIVER_EVERY_MS = 10 * 60_000;
const REDELIVER_RETRY_MS = 15_000;

/** Everything that exists only when GitHub is set up. */
export function createGithubSide(parts: Parts, github: NonNullable<GatewayConfig["github"]>) {
  const { config, ledger, log, pressure } = parts;
  const { workspace, worktrees, remoteCliUrl: url, secrets } = config;
  const { check: checkRepo, directoryOf } = createRepositories(workspace);
  const clock = systemClock;
  const exec = createRemoteExec({ url, secret: secrets.current });
  const world = { log, clock, digest: sha256Hex, originOf: createRepoOrigins(), checkRepo, directoryOf, exec };
  const flows = createGithubFlows({ ...ledger, ...github, ...createRules(parts), ...world });
  const patient = createRemoteExec({ url, secret: secrets.current, timeoutMs: PUSH_COMMAND_MS });
  const syncPush = createSyncPush({
    ...ledger,
    log,
    clock,
    holder: `gateway:${process.pid}:${createIds(clock.now)()}`,
    folderOf: createWorktrees(worktrees).folderOf,
    mainCloneOf: directoryOf,
    git: (args, cwd) => patient({ bin: "git", args, cwd }),
  });
  const redeliver = createHookRedelivery({ url, secret: secrets.current });
  const startBackfill = () =>
    startLoop({
      name: "redeliver",
      log,
      turn: async () => {
        const answer = await redeliver(clock.now() - REDELIVER_MS);
        if (answer.kind !== "ok") return REDELIVER_RETRY_MS;
        log.info(
          { event: "backfill_done", provider: "github", messages: answer.body.redelivered },
          "asked GitHub again",
        );
        return REDELIVER_EVERY_MS;
      },
    });
  let lastDeliveryAt: number | undefined;
  const receive: typeof flows.receive = (delivery) => {
    lastDeliveryAt = clock.now();
    return pressure.during(() => flows.receive(delivery));
  };
  const start = () => {
    const loop = config.backfill ? startBackfill() : undefined;
    return async () => loop?.stop();
  };
  return { ...flows, start, receive, syncPush, lastDeliveryAt: () => lastDeliveryAt };
}
export type GithubSide = ReturnType<typeof createGithubSide>;
