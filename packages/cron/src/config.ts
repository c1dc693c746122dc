/** What the scheduler's environment must say. */
import { envInt, envSecret, envUrl, readEnv } from "@thor/kit/env";
import { z } from "zod";

import { isZone } from "./core/crontab/assign.ts";

const SHAPE = {
  /** Without it the scheduler listens nowhere, as in production. */
  PORT: envInt({ min: 0, max: 65_535 }).optional(),
  THOR_BIND_ADDRESS: z.string().default("127.0.0.1"),
  THOR_WORKSPACE_DIR: z.string().startsWith("/").default("/workspace"),
  DATABASE_URL: z.string().optional(),
  GATEWAY_URL: envUrl.default("http://gateway.sched:3002"),
  RUNNER_BASE_URL: envUrl.optional(),
  THOR_INTERNAL_SECRET: envSecret,
  CRON_SECRET: z.string(),
  SLACK_DEFAULT_REPO: z.string().optional(),
  TZ: z.string().refine(isZone, "must be a time zone like UTC or Europe/Berlin").default("UTC"),
  THOR_HEARTBEAT_FILE: z.string().optional(),
};

export function readConfig(variables: Readonly<Record<string, string | undefined>>) {
  const env = readEnv(SHAPE, variables);
  const workspace = env.THOR_WORKSPACE_DIR;
  return {
    port: env.PORT,
    bindAddress: env.THOR_BIND_ADDRESS,
    databaseUrl: env.DATABASE_URL ?? `sqlite:${workspace}/data/thor.db`,
    crontab: `${workspace}/cron/crontab`,
    reposRoot: `${workspace}/repos`,
    gatewayUrl: env.GATEWAY_URL,
    runnerBaseUrl: env.RUNNER_BASE_URL,
    secret: env.THOR_INTERNAL_SECRET,
    cronSecret: env.CRON_SECRET,
    defaultRepo: env.SLACK_DEFAULT_REPO,
    zone: env.TZ,
    heartbeatFile: env.THOR_HEARTBEAT_FILE,
  };
}
export type SchedulerConfig = ReturnType<typeof readConfig>;
