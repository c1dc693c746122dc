/** What the admin service's environment must say. */
import { envInt, envSecret, readEnv } from "@thor/kit/env";
import { z } from "zod";

const SHAPE = {
  PORT: envInt({ min: 0, max: 65_535 }).default(3005),
  THOR_BIND_ADDRESS: z.string().default("0.0.0.0"),
  THOR_WORKSPACE_DIR: z.string().startsWith("/").default("/workspace"),
  DATABASE_URL: z.string().optional(),
  THOR_INTERNAL_SECRET: envSecret,
};

export function readConfig(variables: Readonly<Record<string, string | undefined>>) {
  const env = readEnv(SHAPE, variables);
  return {
    port: env.PORT,
    bindAddress: env.THOR_BIND_ADDRESS,
    databaseUrl: env.DATABASE_URL ?? `sqlite:${env.THOR_WORKSPACE_DIR}/data/thor.db`,
    secret: env.THOR_INTERNAL_SECRET,
  };
}
export type AdminConfig = ReturnType<typeof readConfig>;
