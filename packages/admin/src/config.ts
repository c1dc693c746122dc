/** What the admin service's environment must say. */
import { envInt, envSecret, envUrl, readEnv } from "@thor/kit/env";
import { z } from "zod";

const SHAPE = {
  PORT: envInt({ min: 0, max: 65_535 }).default(3005),
  THOR_BIND_ADDRESS: z.string().default("0.0.0.0"),
  THOR_WORKSPACE_DIR: z.string().startsWith("/").default("/workspace"),
  CONFIG_PATH: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  THOR_INTERNAL_SECRET: envSecret,
  THOR_INTERNAL_SECRET_PREVIOUS: z.string().optional(),
  THOR_PUBLIC_URL: envUrl.optional(),
  RUNNER_BASE_URL: envUrl.optional(),
  THOR_ADMIN_EMAILS: z.string().optional(),
  THOR_ENV_LABEL: z.string().max(40).optional(),
  THOR_SIMULATED: z.string().default(""),
  SLACK_WORKSPACE_URL: envUrl.optional(),
  GITHUB_HOST: z.string().default("github.com"),
  REMOTE_CLI_URL: envUrl.default("http://remote-cli:3004"),
};

const listOf = (text: string | undefined) =>
  (text ?? "")
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");

/** Reads the environment; pages need to know on which address people see them. */
export function readConfig(variables: Readonly<Record<string, string | undefined>>) {
  const env = readEnv(SHAPE, variables);
  const emails = listOf(env.THOR_ADMIN_EMAILS).map((email) => email.toLowerCase());
  const publicUrl = env.THOR_PUBLIC_URL ?? env.RUNNER_BASE_URL;
  return {
    port: env.PORT,
    bindAddress: env.THOR_BIND_ADDRESS,
    databaseUrl: env.DATABASE_URL ?? `sqlite:${env.THOR_WORKSPACE_DIR}/data/thor.db`,
    configPath: env.CONFIG_PATH ?? `${env.THOR_WORKSPACE_DIR}/config/thor.json`,
    crontabPath: `${env.THOR_WORKSPACE_DIR}/cron/crontab`,
    secrets: {
      current: env.THOR_INTERNAL_SECRET,
      accepted: [env.THOR_INTERNAL_SECRET, ...listOf(env.THOR_INTERNAL_SECRET_PREVIOUS)],
    },
    /** What browsers send as `Origin`; without an address no form is taken. */
    origin: publicUrl === undefined ? "" : new URL(publicUrl).origin,
    admins: emails.length === 0 ? undefined : new Set(emails),
    environment: env.THOR_ENV_LABEL,
    simulated: listOf(env.THOR_SIMULATED),
    hosts: { slack: env.SLACK_WORKSPACE_URL, github: `https://${env.GITHUB_HOST}` },
    remoteCliUrl: env.REMOTE_CLI_URL,
  };
}
export type AdminConfig = ReturnType<typeof readConfig>;
