/** What can be said on the command line of `start`. */
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { parseArgs, parseEnv } from "node:util";

import { z } from "zod";

const Port = z.coerce.number().int().min(0).max(65_535);

export interface StartOptions {
  dataDir: string;
  isJson: boolean;
  isFresh: boolean;
  /** Whether a person has agreed to set the data aside. */
  isAgreed: boolean;
  isSimulated: boolean;
  isUnisolated: boolean;
  port: number | "any" | undefined;
  env: Readonly<Record<string, string | undefined>>;
}

/** The user's `.env` beside the repository fills in what the environment does not say. */
function withEnvFile(env: Readonly<Record<string, string | undefined>>, file: string) {
  return existsSync(file) ? { ...parseEnv(readFileSync(file, "utf8")), ...env } : env;
}

export function readStartOptions(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  root: string,
): StartOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      fresh: { type: "boolean", default: false },
      yes: { type: "boolean", default: false },
      json: { type: "boolean", default: false },
      "no-open": { type: "boolean", default: false },
      port: { type: "string" },
      simulate: { type: "string" },
      unisolated: { type: "boolean", default: false },
    },
  });
  if (values.simulate !== undefined && values.simulate !== "all") throw new Error("--simulate takes: all");
  const port = values.port === undefined ? undefined : Port.parse(values.port);
  const all = withEnvFile(env, join(root, ".env"));
  return {
    dataDir: resolve(root, all["THOR_DATA_DIR"] ?? ".thor"),
    isJson: values.json,
    isFresh: values.fresh,
    isAgreed: values.yes,
    isSimulated: values.simulate === "all",
    isUnisolated: values.unisolated,
    port: port === 0 ? "any" : port,
    env: all,
  };
}
