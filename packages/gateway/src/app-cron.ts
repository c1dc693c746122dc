/** The wiring of everything that a schedule needs; Slack need not be set up for it. */
import type { Log } from "@thor/kit/flow/log";
import { createIds } from "@thor/kit/ids";
import { systemClock } from "@thor/kit/system-clock";
import type { Ledger } from "@thor/ledger/port";
import type { FastifyInstance } from "fastify";

import { createCronDirectory } from "./adapters/cron-directory.ts";
import { md5Hex } from "./adapters/md5.ts";
import type { GatewayConfig } from "./config.ts";
import { createReceiveCron } from "./flows/receive-cron.ts";
import { addCron } from "./http/cron.ts";

interface CronParts {
  config: GatewayConfig;
  ledger: Ledger;
  log: Log;
  noteRefusal: (reason: string) => void;
}

/** Lets holders of the secret post prompts. */
export function addCronSide(server: FastifyInstance, { config, ledger, log, noteRefusal }: CronParts): void {
  const receive = createReceiveCron({
    ...ledger,
    log,
    clock: systemClock,
    newId: createIds(systemClock.now),
    md5: md5Hex,
    resolveDirectory: createCronDirectory(config.workspace),
  });
  addCron(server, { secret: config.cronSecret, receive, noteRefusal });
}
