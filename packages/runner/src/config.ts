/** What the runner's environment must say; all faults are reported together, by name. */
import { envInt, envSecret, envUrl, readEnv, secretList } from "@thor/kit/env";
import { z } from "zod";

const SHAPE = {
  PORT: envInt({ min: 0, max: 65_535 }).default(3000),
  THOR_BIND_ADDRESS: z.string().default("0.0.0.0"),
  THOR_WORKSPACE_DIR: z.string().startsWith("/").default("/workspace"),
  CONFIG_PATH: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  OPENCODE_URL: envUrl.default("http://127.0.0.1:4096"),
  OPENCODE_SERVER_PASSWORD: z.string().min(1),
  GATEWAY_URL: envUrl.default("http://gateway:3002"),
  REMOTE_CLI_URL: envUrl.default("http://remote-cli:3004"),
  THOR_INTERNAL_SECRET: envSecret,
  THOR_INTERNAL_SECRET_PREVIOUS: z.string().optional(),
  SLACK_BOT_TOKEN: z.string().optional(),
  SLACK_API_BASE_URL: envUrl.default("https://slack.com/api"),
  THOR_PASSES_DIR: z.string().startsWith("/").default("/run/thor/passes"),
  THOR_METRICS_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  RUNNER_BASE_URL: envUrl.optional(),
  THOR_PUBLIC_URL: envUrl.optional(),
  THOR_ENV_LABEL: z.string().max(40).optional(),
  THOR_VIEWER_GATED: z.enum(["participants", "domain"]).default("participants"),
  THOR_VIEWER_STOP: z.enum(["on", "off"]).default("on"),
  SLACK_WORKSPACE_URL: envUrl.optional(),
  GITHUB_HOST: z.string().default("github.com"),
  THOR_QUESTION_TIMEOUT_MS: envInt({ min: 1000, max: 86_400_000 }).default(1_800_000),
  THOR_E2E_TEST_HELPERS: z.enum(["0", "1"]).default("0"),
  THOR_QUOTA_AUTO_RESUME: z.enum(["0", "1"]).default("1"),
  THOR_MAX_RUNNING_TURNS: envInt({ min: 1, max: 1000 }).default(12),
  THOR_BUDGET_UNPRICED_USD_PER_MTOK: envInt({ min: 0, max: 10_000 }).default(15),
  THOR_RUN_MAX_MINUTES: envInt({ min: 1, max: 10_000 }).default(360),
  OPENCODE_CONNECT_TIMEOUT: envInt({ min: 100, max: 600_000 }).default(15_000),
  ABORT_TIMEOUT: envInt({ min: 100, max: 600_000 }).default(10_000),
  TURN_SILENCE_MS: envInt({ min: 1000, max: 86_400_000 }).default(600_000),
  RUNTIME_DOWN_MS: envInt({ min: 1000, max: 86_400_000 }).default(600_000),
  SESSION_ERROR_GRACE_MS: envInt({ min: 0, max: 600_000 }).default(10_000),
};

const originOf = (url: string | undefined) => (url === undefined ? "" : new URL(url).origin);

/** Reads the environment into what the runner needs; without a Slack token it runs silently. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>) {
  const env = readEnv(SHAPE, variables);
  const workspace = env.THOR_WORKSPACE_DIR;
  return {
    port: env.PORT,
    bindAddress: env.THOR_BIND_ADDRESS,
    workspace,
    configPath: env.CONFIG_PATH ?? `${workspace}/config/thor.json`,
    baseUrl: env.RUNNER_BASE_URL,
    viewer: {
      /** What browsers send as `Origin`; without an address no form is taken. */
      origin: originOf(env.THOR_PUBLIC_URL ?? env.RUNNER_BASE_URL),
      environment: env.THOR_ENV_LABEL,
      isOpenToDomain: env.THOR_VIEWER_GATED === "domain",
      mayStop: env.THOR_VIEWER_STOP === "on",
      hosts: { slack: env.SLACK_WORKSPACE_URL, github: `https://${env.GITHUB_HOST}` },
    },
    questionTimeoutMs: env.THOR_QUESTION_TIMEOUT_MS,
    maxRunningTurns: env.THOR_MAX_RUNNING_TURNS,
    unpricedUsdPerMtok: env.THOR_BUDGET_UNPRICED_USD_PER_MTOK,
    databaseUrl: env.DATABASE_URL ?? `sqlite:${workspace}/data/thor.db`,
    opencode: {
      url: env.OPENCODE_URL,
      password: env.OPENCODE_SERVER_PASSWORD,
      connectTimeoutMs: env.OPENCODE_CONNECT_TIMEOUT,
    },
    gatewayUrl: env.GATEWAY_URL,
    remoteCliUrl: env.REMOTE_CLI_URL,
    secrets: {
      current: env.THOR_INTERNAL_SECRET,
      accepted: [env.THOR_INTERNAL_SECRET, ...secretList(env.THOR_INTERNAL_SECRET_PREVIOUS)],
    },
    slack:
      env.SLACK_BOT_TOKEN === undefined ? undefined : { token: env.SLACK_BOT_TOKEN, baseUrl: env.SLACK_API_BASE_URL },
    hasTestHelpers: env.THOR_E2E_TEST_HELPERS === "1",
    passesDir: env.THOR_PASSES_DIR,
    metricsToken: env.THOR_METRICS_TOKEN,
    limits: {
      runMaxMs: env.THOR_RUN_MAX_MINUTES * 60_000,
      abortTimeoutMs: env.ABORT_TIMEOUT,
      downMs: env.RUNTIME_DOWN_MS,
      silenceMs: env.TURN_SILENCE_MS,
      graceMs: env.SESSION_ERROR_GRACE_MS,
      autoResume: env.THOR_QUOTA_AUTO_RESUME === "1",
    },
  };
}
export type RunnerConfig = ReturnType<typeof readConfig>;
