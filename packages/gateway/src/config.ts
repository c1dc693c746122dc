/** What the gateway's environment must say; all faults are reported together, by name. */
import { EnvError, envInt, envSecret, envUrl, readEnv, secretList } from "@thor/kit/env";
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
  THOR_BACKFILL: z.enum(["0", "1"]).default("0"),
  THOR_METRICS_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  CRON_SECRET: z.string().optional(),
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_SIGNING_SECRET: z.string().optional(),
  SLACK_APP_TOKEN: z.string().startsWith("xapp-", "must start with xapp-").optional(),
  SLACK_DEFAULT_REPO: z.string().optional(),
  SLACK_BOT_USER_ID: z.string().optional(),
  SLACK_TEAM_ID: z.string().optional(),
  SLACK_API_BASE_URL: envUrl.default("https://slack.com/api"),
  SLACK_TIMESTAMP_TOLERANCE_SECONDS: envInt({ min: 1, max: 86_400 }).default(300),
  GITHUB_APP_SLUG: z
    .string()
    .regex(/^[A-Za-z0-9-]+$/, "must be the App's slug")
    .transform((slug) => slug.toLowerCase())
    .optional(),
  GITHUB_APP_BOT_ID: envInt({ min: 1, max: Number.MAX_SAFE_INTEGER }).optional(),
  GITHUB_WEBHOOK_SECRET: z.string().optional(),
  GITHUB_HOST: z
    .string()
    .transform((host) => host.toLowerCase())
    .default("github.com"),
  REMOTE_CLI_URL: envUrl.optional(),
  REMOTE_CLI_HOST: z.string().default("remote-cli"),
  REMOTE_CLI_PORT: envInt({ min: 1, max: 65_535 }).default(3004),
  THOR_WORKTREES_ROOT: z.string().startsWith("/").optional(),
  THOR_CI_POLL_MS: ms(HOUR).default(30_000),
  THOR_QUIET_WINDOW_MS: ms(HOUR).default(3000),
  THOR_QUIET_CAP_MS: ms(HOUR).default(15_000),
  THOR_RETRY_BASE_MS: ms(HOUR).default(2000),
  THOR_RETRY_CAP_MS: ms(24 * HOUR).default(300_000),
  THOR_RETRY_MAX_ATTEMPTS: envInt({ min: 1, max: 1000 }).default(15),
  THOR_BUSY_POLL_MS: ms(HOUR).default(30_000),
  THOR_DELAY_NOTICE_MS: ms(24 * HOUR).default(120_000),
};

/** A provider set up only in part is a mistake: the names that are missing. */
function refusePart(provider: string, missing: readonly string[]): never {
  throw new EnvError(
    missing.map((name) => `Missing required env var ${name} (${provider} is set up only in part)`).join("\n"),
  );
}

/** Slack is complete with a token, a repository and one way in: signed requests, a socket, or both. */
function slackOf(env: z.infer<z.ZodObject<typeof SHAPE>>) {
  const { SLACK_BOT_TOKEN: token, SLACK_SIGNING_SECRET: signingSecret, SLACK_DEFAULT_REPO: defaultRepo } = env;
  const appToken = env.SLACK_APP_TOKEN;
  const given = [token, signingSecret ?? appToken, defaultRepo];
  if (given.every((value) => value === undefined)) return undefined;
  if (token === undefined || (signingSecret ?? appToken) === undefined || defaultRepo === undefined) {
    const names = ["SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET (or SLACK_APP_TOKEN)", "SLACK_DEFAULT_REPO"];
    return refusePart(
      "Slack",
      names.filter((_name, at) => given[at] === undefined),
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

/** GitHub is complete with the App's two names and the secret of its deliveries. */
function githubOf(env: z.infer<z.ZodObject<typeof SHAPE>>) {
  const { GITHUB_APP_SLUG: slug, GITHUB_APP_BOT_ID: botId, GITHUB_WEBHOOK_SECRET: webhookSecret } = env;
  if (slug === undefined && botId === undefined && webhookSecret === undefined) return undefined;
  if (slug === undefined || botId === undefined || webhookSecret === undefined) {
    const given = { GITHUB_APP_SLUG: slug, GITHUB_APP_BOT_ID: botId, GITHUB_WEBHOOK_SECRET: webhookSecret };
    const missing = Object.entries(given).filter(([, value]) => value === undefined);
    return refusePart(
      "GitHub",
      missing.map(([name]) => name),
    );
  }
  return { me: { slug, botId }, webhookSecret, hosts: ["github.com", env.GITHUB_HOST], ciPollMs: env.THOR_CI_POLL_MS };
}

/** Reads the environment into what the gateway needs; each provider is complete or absent. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>) {
  const env = readEnv(SHAPE, variables);
  const workspace = env.THOR_WORKSPACE_DIR;
  return {
    port: env.PORT,
    bindAddress: env.THOR_BIND_ADDRESS,
    workspace,
    databaseUrl: env.DATABASE_URL ?? `sqlite:${workspace}/data/thor.db`,
    configPath: env.CONFIG_PATH ?? `${workspace}/config/thor.json`,
    runnerUrl: env.RUNNER_URL,
    secrets: {
      current: env.THOR_INTERNAL_SECRET,
      accepted: [env.THOR_INTERNAL_SECRET, ...secretList(env.THOR_INTERNAL_SECRET_PREVIOUS)],
    },
    backfill: env.THOR_BACKFILL === "1",
    metricsToken: env.THOR_METRICS_TOKEN,
    cronSecret: env.CRON_SECRET,
    slack: slackOf(env),
    worktrees: env.THOR_WORKTREES_ROOT ?? `${workspace}/worktrees`,
    github: githubOf(env),
    remoteCliUrl: env.REMOTE_CLI_URL ?? `http://${env.REMOTE_CLI_HOST}:${env.REMOTE_CLI_PORT}`,
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
