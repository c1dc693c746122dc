/** The environment of remote-cli. */
import { INTEGRATIONS } from "@thor/integrations/index";
import { envInt, envSecret, envUrl, readEnv, secretList } from "@thor/kit/env";
import { z } from "zod";

const absolute = z.string().startsWith("/", "must be an absolute path");
const flag = z
  .enum(["0", "1"])
  .default("0")
  .transform((text) => text === "1");

const SHAPE = {
  PORT: envInt({ min: 0, max: 65_535 }).default(3004),
  THOR_BIND_ADDRESS: z.string().default("0.0.0.0"),
  PATH: z.string().default("/usr/local/bin:/usr/bin:/bin"),
  THOR_WORKSPACE_DIR: absolute.default("/workspace"),
  CONFIG_PATH: absolute.optional(),
  DATABASE_URL: z.string().optional(),
  THOR_INTERNAL_SECRET: envSecret,
  THOR_INTERNAL_SECRET_PREVIOUS: z.string().optional(),
  THOR_METRICS_TOKEN: z.string().min(16, "must have at least 16 characters").optional(),
  THOR_WORKTREES_ROOT: absolute.optional(),
  THOR_PASSES_DIR: absolute.default("/run/thor/passes"),
  THOR_CALLS_DIR: absolute.default("/run/thor/calls"),
  THOR_EXEC_SANDBOX: z.enum(["auto", "bwrap", "none"]).default("auto"),
  SLACK_BOT_TOKEN: z.string().min(1),
  SLACK_API_BASE_URL: envUrl.default("https://slack.com/api"),
  RUNNER_BASE_URL: envUrl,
  GITHUB_APP_ID: z.string().min(1),
  GITHUB_APP_SLUG: z.string().regex(/^[A-Za-z0-9-]+$/),
  GITHUB_APP_BOT_ID: z.string().regex(/^\d+$/),
  GITHUB_APP_PRIVATE_KEY_FILE: absolute,
  GITHUB_API_URL: envUrl.default("https://api.github.com"),
  GITHUB_HOST: z
    .string()
    .regex(/^[a-z0-9.-]+(:\d+)?$/)
    .default("github.com"),
  GITHUB_CA_FILE: absolute.optional(),
  GITHUB_APP_PUSH_WORKFLOWS: flag,
  THOR_MCP_DISABLE_SANDBOX: flag,
  THOR_SANDBOX_PROVIDER: z.enum(["auto", "daytona", "local", "off"]).optional(),
  DAYTONA_API_KEY: z.string().min(1).optional(),
  DAYTONA_API_URL: envUrl.default("https://app.daytona.io/api"),
  DAYTONA_SNAPSHOT: z.string().min(1).default("daytona-medium"),
  THOR_SANDBOX_DIR: absolute.default("/var/lib/remote-cli/sandboxes"),
  METABASE_CA_FILE: absolute.optional(),
  NODE_ENV: z.string().default("development"),
};

const INTEGRATION = /^(PSQL_DATABASES|METABASE|LD|SCOUT|AWS)_?[A-Z0-9_]*$/;
/** Names that end like the file of another variable and are none. */
const OWN_FILES = ["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "METABASE_CA_FILE"];

type Words = Readonly<Record<string, string | undefined>>;

/** Variables as they are: a profile has its own by a suffix, so their names are open. */
function readVariables(env: Words, isWanted: (name: string) => boolean): Record<string, string> {
  const named = Object.keys(env).filter(isWanted);
  const names = named.map((name) => (OWN_FILES.includes(name) ? name : name.replace(/_FILE$/, "")));
  const read = readEnv(Object.fromEntries(names.map((name) => [name, z.string().optional()])), env);
  return Object.fromEntries(
    Object.entries(read).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

const VARIABLES = INTEGRATIONS.flatMap(({ variables }) => variables);
const isOf = (name: string, word: string) => word === name || word.startsWith(`${name}_`);
/** Variables of integrations in every profile, and of operators' upstreams; nothing else reaches a manifest. */
const isMcpVariable = (word: string) => word.startsWith("MCP_") || VARIABLES.some(({ name }) => isOf(name, word));
const isMcpSecret = (word: string) =>
  word.startsWith("MCP_") || VARIABLES.some(({ name, secret }) => secret && isOf(name, word));

function readMcp(env: Words) {
  const environment = readVariables(env, isMcpVariable);
  const secrets = Object.entries(environment).flatMap(([name, value]) => {
    // An authorization header's value is a scheme and a credential: the credential alone must not be shown either.
    const spellings = new Set([value.trim(), value.trim().split(/\s+/).at(-1) ?? ""]);
    return isMcpSecret(name) ? [...spellings].map((spelling) => ({ name, value: spelling })) : [];
  });
  return { environment, secrets };
}

/** Reads everything once; all faults are reported together. */
export function readConfig(env: Words) {
  const read = readEnv(SHAPE, env);
  const workspace = read.THOR_WORKSPACE_DIR;
  return {
    port: read.PORT,
    bindAddress: read.THOR_BIND_ADDRESS,
    path: read.PATH,
    workspace,
    worktrees: read.THOR_WORKTREES_ROOT ?? `${workspace}/worktrees`,
    configPath: read.CONFIG_PATH ?? `${workspace}/config/thor.json`,
    databaseUrl: read.DATABASE_URL ?? `sqlite:${workspace}/data/thor.db`,
    secrets: {
      current: read.THOR_INTERNAL_SECRET,
      accepted: [read.THOR_INTERNAL_SECRET, ...secretList(read.THOR_INTERNAL_SECRET_PREVIOUS)],
    },
    metricsToken: read.THOR_METRICS_TOKEN,
    passesDirectory: read.THOR_PASSES_DIR,
    callsDirectory: read.THOR_CALLS_DIR,
    integrations: readVariables(env, (name) => INTEGRATION.test(name)),
    metabaseCaFile: read.METABASE_CA_FILE,
    sandbox: read.THOR_EXEC_SANDBOX,
    mcp: { ...readMcp(env), isSandboxDisabled: read.THOR_MCP_DISABLE_SANDBOX },
    sandboxes: {
      provider: read.THOR_SANDBOX_PROVIDER,
      directory: read.THOR_SANDBOX_DIR,
      daytona: { apiKey: read.DAYTONA_API_KEY, apiUrl: read.DAYTONA_API_URL, snapshot: read.DAYTONA_SNAPSHOT },
    },
    isProduction: read.NODE_ENV === "production",
    runnerBaseUrl: read.RUNNER_BASE_URL,
    slack: { token: read.SLACK_BOT_TOKEN, baseUrl: read.SLACK_API_BASE_URL },
    github: {
      appId: read.GITHUB_APP_ID,
      slug: read.GITHUB_APP_SLUG,
      botId: read.GITHUB_APP_BOT_ID,
      keyFile: read.GITHUB_APP_PRIVATE_KEY_FILE,
      apiUrl: read.GITHUB_API_URL,
      host: read.GITHUB_HOST,
      caFile: read.GITHUB_CA_FILE,
      mayPushWorkflows: read.GITHUB_APP_PUSH_WORKFLOWS,
    },
  };
}
export type RemoteCliConfig = ReturnType<typeof readConfig>;
