/** What the gateway's environment must say; all faults are reported together, by name. */
import { EnvError, envInt, envSecret, envUrl, readEnv } from "@thor/kit/env";
import { z } from "zod";

const ms = (max: number) => envInt({ min: 0, max });
const HOUR = 3_600_000;

const SHAPE = {
  PORT: envInt({ min: 0, max: 65_535 }).default(3002),
  THOR_BIND_ADDRESS: z.string().default("0.0.0.0"),
  THOR_WORKSPACE_DIR: z.string().startsWith("/").default("/workspace"),
  DATABASE_URL: z.string().optional(),
  CONFIG_PATH: z.string().optional(),
  RUNNER_URL: envUrl.default("http://runner:3000"),
  THOR_INTERNAL_SECRET: envSecret,
  THOR_INTERNAL_SECRET_PREVIOUS: z.string().optional(),
  CRON_SECRET: z.string().optional(),
  THOR_METRICS_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_APP_TOKEN: z.string().startsWith("xapp-", "must start with xapp-").optional(),
  SLACK_DEFAULT_REPO: z.string().optional(),
  SLACK_BOT_USER_ID: z.string().optional(),
  SLACK_TEAM_ID: z.string().optional(),
  SLACK_API_BASE_URL: envUrl.default("https://slack.com/api"),
  SLACK_TIMESTAMP_TOLERANCE_SECONDS: envInt({ min: 1, max: 86_400 }).default(300),
  THOR_QUIET_WINDOW_MS: ms(HOUR).default(3000),
  THOR_QUIET_CAP_MS: ms(HOUR).default(15_000),
  THOR_RETRY_BASE_MS: ms(HOUR).default(2000),
  THOR_RETRY_CAP_MS: ms(24 * HOUR).default(300_000),
  THOR_RETRY_MAX_ATTEMPTS: envInt({ min: 1, max: 1000 }).default(15),
  THOR_BUSY_POLL_MS: ms(HOUR).default(30_000),
  THOR_DELAY_NOTICE_MS: ms(24 * HOUR).default(120_000),
};

/** Slack is complete with a token, a repository and one way in: signed requests, a socket, or both. */
function slackOf(env: z.infer<z.ZodObject<typeof SHAPE>>) {
  const { SLACK_BOT_TOKEN: token, SLACK_SIGNING_SECRET: signingSecret, SLACK_DEFAULT_REPO: defaultRepo } = env;
  const appToken = env.SLACK_APP_TOKEN;
  const given = [token, signingSecret ?? appToken, defaultRepo];
  if (given.every((value) => value === undefined)) return undefined;
  if (token === undefined || (signingSecret ?? appToken) === undefined || defaultRepo === undefined) {
    const names = ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET (or SLACK_APP_TOKEN)", "SLACK_DEFAULT_REPO"];
    const missing = names.filter((_name, at) => given[at] === undefined);
    throw new EnvError(
      missing.map((name) => `Missing required env var ${name} (Slack is set up only in part)`).join("\n"),
    );
  }
  return {
    token,
    signingSecret,
    appToken,
    defaultRepo,
    botUserId: env.SLACK_BOT_USER_ID,
    teamId: env.SLACK_TEAM_ID,
    baseUrl: env.SLACK_API_BASE_URL,
    toleranceSeconds: env.SLACK_TIMESTAMP_TOLERANCE_SECONDS,
  };
}

/** Reads the environment into what the gateway needs; Slack is complete or absent. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>) {
  const env = readEnv(SHAPE, variables);
  const previous = env.THOR_INTERNAL_SECRET_PREVIOUS?.split(",").map((secret) => secret.trim()) ?? [];
  const workspace = env.THOR_WORKSPACE_DIR;
  return {
    port: env.PORT,
    bindAddress: env.THOR_BIND_ADDRESS,
    workspace,
    databaseUrl: env.DATABASE_URL ?? `sqlite:${workspace}/data/thor.db`,
    configPath: env.CONFIG_PATH ?? `${workspace}/config/thor.json`,
    runnerUrl: env.RUNNER_URL,
    secrets: { current: env.THOR_INTERNAL_SECRET, accepted: [env.THOR_INTERNAL_SECRET, ...previous] },
    cronSecret: env.CRON_SECRET,
    metricsToken: env.THOR_METRICS_TOKEN,
    slack: slackOf(env),
    queue: {
      quietMs: env.THOR_QUIET_WINDOW_MS,
      quietCapMs: env.THOR_QUIET_CAP_MS,
      retryBaseMs: env.THOR_RETRY_BASE_MS,
      retryCapMs: env.THOR_RETRY_CAP_MS,
      retryMaxAttempts: env.THOR_RETRY_MAX_ATTEMPTS,
      busyPollMs: env.THOR_BUSY_POLL_MS,
      delayNoticeMs: env.THOR_DELAY_NOTICE_MS,
    },
  };
}
export type GatewayConfig = ReturnType<typeof readConfig>;
